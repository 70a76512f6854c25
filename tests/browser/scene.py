"""A desk in the middle of a working day: what screenshots and accessibility checks look at."""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

from scanner.bootstrap_desk import DeskHouse, open_desk
from scanner.cli.demo_objects import EICAR, GAMBLING, SHELL
from scanner.domain.cases import Outcome
from scanner.domain.enforcement.appeals import Appeal, Ground
from scanner.domain.review_people import View, with_view
from tests.browser.site import Site
from tests.integration.people import add_person

PATHS = {
    "queue": "/desk",
    "case": "/desk/cases/{case}",
    "alike": "/desk/cases/{copy}/alike?by=content",
    "similar": "/desk/cases/{similar}/alike?by=similar",
    "plan": "/desk/cases/{case}/plan",
    "second": "/desk/second",
    "appeals": "/desk/appeals",
    "appeal": "/desk/appeals/{appeal}",
    "deletions": "/desk/deletions",
    "quality": "/desk/quality",
    "mine": "/desk/mine",
    "trouble": "/desk/cases/none",
}


@dataclass(frozen=True)
class Scene:
    """The things that the pages are about."""

    case: str
    copy: str
    picture: str
    appeal: str
    similar: str

    def path(self, template: str) -> str:
        """An address with the scene's ids."""
        return template.format(
            case=self.case, copy=self.copy, picture=self.picture, appeal=self.appeal, similar=self.similar
        )


def scene_of(site: Site) -> Scene:
    """Uploads of every kind, some decided, one appealed, one proposed for deletion."""
    for name in ("li", "wang", "zhao"):
        add_person(site.house, name, "reviewer", "lead")
    packed = site.upload("backup/site-2026-11.zip", _zip({"www/index.php": SHELL.encode(), "readme.txt": b"hello"}))
    copies = [site.upload(f"downloads/setup-{n}.com", EICAR.encode()) for n in range(6)]
    page = f"<html><body><h1>金沙</h1><p>{GAMBLING}</p></body></html>"
    pages = [site.upload(f"casino/page-{n}.html", page.replace("88元", f"{n}8元").encode()) for n in range(8)]
    picture = site.upload("upload/cat.png", _png() + SHELL.encode())
    desk = open_desk(site.house)
    site.enforce()
    _decide(desk, pages[4].id, "wang", Outcome.VIOLATING, "gambling")
    _decide(desk, pages[5].id, "wang", Outcome.VIOLATING, "gambling")
    _decide(desk, pages[6].id, "zhao", Outcome.CLEAN, "benign-context")
    _decide(desk, pages[7].id, "zhao", Outcome.ESCALATE, "unclear")
    _decide(desk, copies[4].id, "li", Outcome.VIOLATING, "malware")
    _decide(desk, copies[5].id, "zhao", Outcome.CLEAN, "benign-context")
    site.enforce()
    appeal = _appealed(site, pages[4].id)
    _proposed(site, copies[4].id)
    for case in (pages[4].id, pages[5].id, pages[6].id, copies[4].id):
        desk.quality.set_truth(case, "zhao", Outcome.VIOLATING)
    desk.quality.give_second(pages[5].id, "li", Outcome.VIOLATING)
    desk.quality.give_second(pages[6].id, "li", Outcome.VIOLATING)
    desk.kept.save(with_view(desk.kept.preferences("li"), View("gambling", "clause=3.1.3.5.4")))
    return Scene(packed.id, copies[0].id, picture.id, appeal.id, pages[0].id)


def _decide(desk: DeskHouse, case: str, person: str, outcome: Outcome, reason: str) -> None:
    held = desk.desk.reviewing.claim(case, person)
    desk.desk.decide(case, person, held.tokens, outcome, reason, "seen before on the same account")


def _appealed(site: Site, case_id: str) -> Appeal:
    case = site.house.casebook.case(case_id)
    course = site.house.enforcing.carrying.guarding.course(case.subject, case.sha256)
    [notice] = site.rights.kept.notices_of(course.id)
    text = "本页面是博物馆藏品介绍，展示上世纪九十年代的广告海报，并非经营赌博。请复核。"
    return site.rights.appealing.file(notice.id, Ground.MISCLASSIFIED, text, ("poster-1994.jpg",))


def _proposed(site: Site, case_id: str) -> None:
    site.house.custodian.view(case_id, "li", "to propose its deletion")
    site.rights.deleting.propose(case_id, "li", "malware, third time")


def _zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _png() -> bytes:
    """A small picture of stripes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + bytes([(x * y) % 256 for x in range(120)]) for y in range(80))
    head = struct.pack(">IIBBBBB", 120, 80, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")

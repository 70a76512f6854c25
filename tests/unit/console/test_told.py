"""What guards say is in the page's language, whether it comes with its code or was kept as text alone."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.pages.told import MESSAGES, said, told
from scanner.domain.cases import CaseState
from scanner.domain.content import Subject
from scanner.domain.enforcement.course import Course, hurdles, told_of
from scanner.domain.enforcement.facts import Binding, Facts
from scanner.domain.enforcement.guards import CHECKS, Guard
from scanner.domain.enforcement.stages import Step
from scanner.domain.enforcement.trail import Appealed, Trail
from scanner.domain.evidence import EvidenceState
from scanner.domain.messages import CASE_IS, CLAIM_LOST, CLAIMED_ANEW, DECIDED_BY, NOTICE_LACKS, PROPOSED_BY
from scanner.domain.said import Said

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ENGLISH = re.compile(r"[A-Za-z]{3,}")
COURSE = Course("K1", Subject("b", "k", "v1", "e1"), "a" * 64)
FACTS = Facts(NOW, "", False, "", "")
TRAILS = (
    Trail(),
    Trail(proposer="李", proposer_human=True, by_machine=True),
    Trail(proposer="李", approver="李", approver_human=True),
    Trail(proposer="李", approver="王", approver_human=True, decided_by="赵"),
    Trail(appeal=Appealed.OPEN),
    Trail(cool_until=NOW + timedelta(days=1)),
)
WORLDS: tuple[dict[str, Any], ...] = (
    {},
    {"store_proven": True, "binding": Binding.NONE},
    {"store_proven": True, "binding": Binding.VERSION},
    {"store_proven": True, "binding": Binding.VERSION, "seen_version": "v9"},
    {"evidence": EvidenceState.TAINTED},
    {"evidence": EvidenceState.VERIFIED, "evidence_sha256": "b" * 64},
    {"evidence": EvidenceState.VERIFIED, "evidence_sha256": "a" * 64},
    {"evidence": EvidenceState.VERIFIED, "evidence_sha256": "a" * 64, "chained": True},
    {"exact": False},
    {"exact": True, "newer": True, "binding": Binding.ETAG},
    {"gate_open": False, "breaker_open": True, "protected": True},
    {"missing": ("a notice", "appeal_link"), "hold": True, "as_left": False},
    {"actor": "赵", "human": True, "reason": "x"},
    {"actor": "赵", "human": True, "reason": "x", "key": "k", "visible": False},
    {"actor": "王", "reason": "x", "key": "used"},
    {"actor": "王", "reason": "x", "key": "k2", "now": NOW - timedelta(days=9)},
    {"actor": "王", "reason": "x", "key": "k2", "now": NOW.replace(tzinfo=None)},
)


def reasons() -> list[str]:
    """Every reason that a guard gives over many facts."""
    found = dict[str, str]()
    for trail in TRAILS:
        course = replace(COURSE, trail=trail, keys=("used",), changed_at=NOW)
        for world in WORLDS:
            facts = replace(FACTS, **world)
            for guard, check in CHECKS.items():
                for step in (Step.FILE, Step.PROPOSE, Step.APPROVE, Step.APPLY):
                    if facts.now.tzinfo is None and guard is not Guard.G14:
                        continue
                    why = check(course, step, facts)
                    if why:
                        found[f"{guard}{getattr(why, 'code', why)}"] = why
    return list(found.values())


def test_no_guard_gives_an_english_reason_to_a_chinese_desk() -> None:
    given = reasons()
    codes = {why.code for why in given if isinstance(why, Said)}
    wanted = {code for code in MESSAGES if re.fullmatch(r"G\d+(\..*)?", code)}
    assert wanted - codes == set()
    for why in given:
        for chinese in (said("zh", why), said("zh", str(why))):
            assert re.search("[㐀-鿿]", chinese), why
            assert not ENGLISH.search(chinese.replace("ETag", "")), (str(why), chinese)
        assert "lang=" not in told("zh", why)


def test_hurdles_are_told_in_one_line_in_both_languages() -> None:
    line = told_of(
        hurdles(COURSE, Step.PROPOSE, replace(FACTS, actor="li", reason="r", key="k", hold=True, missing=()))
    )
    assert line == "G5 only a person proposes a deletion; G12 a legal hold lies on it"
    assert said("zh", line) == "防线 G5：只有人可以提议删除；防线 G12：处于法定保全"
    assert said("zh", str(line)) == said("zh", line)
    assert said("en", line) == line


def test_every_message_is_known_again_by_its_words_or_too_short_for_it() -> None:
    for message in MESSAGES.values():
        holes = re.findall(r"%\((\w+)\)s", message.english)
        text = message(**{hole: "G4" if hole == "guard" else "value" for hole in holes})
        assert re.search("[㐀-鿿]", said("zh", text)), message.english


def test_values_are_words_of_the_page_and_names_stay_as_they_are() -> None:
    assert said("zh", CASE_IS(state=CaseState.DECIDED_CLEAN)) == "案件状态为“已裁决无违规”"
    assert said("en", CASE_IS(state=CaseState.DECIDED_CLEAN)) == "case is decided clean"
    assert said("zh", CLAIM_LOST(why=CLAIMED_ANEW(name="wang"))) == "认领已失效：wang 已重新认领"
    assert said("zh", "the claim is lost: wang claimed it anew") == "认领已失效：wang 已重新认领"
    assert said("zh", PROPOSED_BY(name="scan")) == "scan 提议"
    assert said("zh", NOTICE_LACKS(what=("a notice", "delivery"))) == "通知缺少：通知、送达"
    assert "clean" not in said("zh", DECIDED_BY(name="李", outcome="clean", at="12:00:00"))


@pytest.mark.parametrize("text", ["the store said no", "<script>alert(1)</script>"])
def test_what_nobody_translated_is_marked_as_english_and_escaped(text: str) -> None:
    marked = told("zh", text)
    assert marked.startswith('<span lang="en">')
    assert "<script>" not in marked
    assert told("en", text) == marked.removeprefix('<span lang="en">').removesuffix("</span>")
    assert told("zh", f"a legal hold lies on it; {text}").startswith("处于法定保全；<span")
    assert told("zh", "") == ""


def test_names_cannot_turn_the_text_round() -> None:
    assert "\u202e" not in said("zh", PROPOSED_BY(name="a\u202eb"))
    assert "\u202e" not in told("zh", "x\u202ey")

"""The whole story as a newcomer would type it: reinstated after an appeal, and deleted by two people."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from scanner.adapters.tables import audit
from scanner.bootstrap import House, SystemClock, open_house
from scanner.bootstrap_local import default_rules_dir
from scanner.bootstrap_rights import open_rights
from scanner.cli.main import run
from scanner.domain.content import UploadEvent
from scanner.settings import Settings
from tests.contract.s3_stores import Store, strict_store
from tests.integration.steady import lived_through

EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
Aup = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store() -> Iterator[Store]:
    """A strict store with a public site's bucket."""
    with strict_store() as found:
        found.bucket("tenant-a")
        yield found


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped agreement and policy with one pack of test files: what is told here is not detection's story."""
    folder, shipped = tmp_path_factory.mktemp("rules"), default_rules_dir()
    for page in shipped.glob("*.yaml"):
        shutil.copy(page, folder / page.name)
    (folder / "yara" / "malware").mkdir(parents=True)
    shutil.copy(shipped / "yara" / "malware" / "test-files.yar", folder / "yara" / "malware")
    for pack in (shipped / "yara" / "malware").glob("*.yaml"):
        shutil.copy(pack, folder / "yara" / "malware")
    return folder


@pytest.fixture
def house(store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house over it."""
    told = {
        "state_dir": str(tmp_path / "state"),
        "anchor_dir": str(tmp_path / "anchor"),
        "s3_endpoint": store.url,
        "s3_access_key": "owner",
        "s3_secret_key": "secret",
        "buckets": "tenant-a",
        "rules_dir": str(rules),
        "redis_url": "redis+socket:///nowhere.sock",
        "cage": "off",
    }
    for name, value in told.items():
        monkeypatch.setenv(f"AUP_{name.upper()}", value)
    opened = open_house(Settings.from_mapping(told), role="cli")
    yield opened
    opened.close()


@pytest.fixture
def aup(house: House, capsys: pytest.CaptureFixture[str]) -> Aup:
    """Run one command line."""

    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(arguments)
        told = capsys.readouterr()
        return status, told.out, told.err

    return call


def upload(house: House, store: Store, key: str, data: bytes) -> str:
    """Put, tell, scan; the case."""
    subject = store.put(key, data, "tenant-a")
    event = UploadEvent("tenant-a", key, subject.version_id, subject.etag, len(data), key)
    house.scanning.scan_batch(house.intake.accept([event]).requests, "w")
    return next(case.id for case in house.casebook.cases((), 100, "0") if case.subject.key == key)


def test_suspended_noticed_appealed_reinstated(house: House, store: Store, aup: Aup) -> None:
    case = upload(house, store, "eicar.com", EICAR.encode())
    assert "suspend DONE" in aup("enforce")[1]
    assert store.anonymous("eicar.com", "tenant-a") == 403
    shown = json.loads(aup("courses", "show", case, "--json")[1])
    notice = shown["notices"][0]["id"]
    assert shown["course"]["stage"] == "NOTICED"
    appeal = aup("appeals", "file", notice, "--ground", "misclassified", "--text", "a test file")[1].split()[0]
    assert "1 appeals" in aup("appeals", "list")[1]
    assert "GRANTED by wang" in aup("appeals", "judge", appeal, "granted", "--reason", "it is one", "--by", "wang")[1]
    assert "restore DONE" in aup("enforce")[1]
    assert store.anonymous("eicar.com", "tenant-a") == 200
    assert "course-grant" in aup("courses", "show", case)[1]


def test_four_eyes_and_deleted(
    house: House, store: Store, aup: Aup, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = upload(house, store, "eicar.com", EICAR.encode())
    aup("enforce")
    assert "li" in aup("deletions", "propose", case, "--reason", "malware", "--by", "li")[1]
    status, _, err = aup("deletions", "approve", case, "--reason", "seen", "--by", "wang")
    assert (status, "did not open the evidence" in err) == (2, True)
    for person in ("li", "wang"):
        assert "EICAR" in aup("evidence", "view", case, "--reason", "to decide", "--by", person)[1]
    status, _, err = aup("deletions", "approve", case, "--reason", "me too", "--by", "li")
    assert (status, "G6 the approver is the proposer" in err) == (2, True)
    assert "due" in aup("deletions", "approve", case, "--reason", "seen it too", "--by", "wang")[1]
    told = aup("deletions", "list")[1]
    assert [word in told for word in ("proposed by li: malware", "approved by wang, due", "1 deletions")] == [True] * 3
    assert json.loads(aup("deletions", "list", "--json")[1])["reason"] == "malware"
    assert "delete" not in aup("enforce")[1]
    monkeypatch.setattr(SystemClock, "now", lambda self: datetime.now(UTC) + timedelta(days=8))
    assert "delete PUT_OFF" in aup("enforce")[1]  # the clock leapt
    assert "put off until" in aup("deletions", "list")[1]
    lived_through(house, 9)
    monkeypatch.setattr(SystemClock, "now", lambda self: datetime.now(UTC) + timedelta(days=9, minutes=1))
    assert "delete DONE" in aup("enforce")[1]
    assert "eicar.com" not in store.world.buckets["tenant-a"].keys
    trail = aup("courses", "show", case)[1]
    assert [
        word for word in ("course-propose", "course-approve", "course-begin", "course-confirm") if word in trail
    ] == [
        "course-propose",
        "course-approve",
        "course-begin",
        "course-confirm",
    ]
    assert "every invariant holds" in aup("fsck")[1]


def test_an_export_and_the_log_are_verified_and_tampering_is_found(
    house: House, store: Store, aup: Aup, tmp_path: Path
) -> None:
    case, target, log = upload(house, store, "eicar.com", EICAR.encode()), tmp_path / "case.aupx", tmp_path / "log"
    aup("enforce")
    status, out, err = aup(
        "evidence", "export", case, "--to", str(target), "--reason", "order 17", "--receiver", "court", "--readable"
    )
    assert status == 0, out + err
    assert aup("evidence", "verify", str(target))[0] == 0
    target.write_bytes(target.read_bytes().replace(b"3.1.3.7", b"3.1.3.9", 1))
    assert aup("evidence", "verify", str(target))[0] == 1
    assert aup("audit", "export", str(log))[0] == 0
    assert aup("audit", "verify", str(log))[0] == 0
    lines = (log / "log.jsonl").read_text().splitlines(keepends=True)
    (log / "log.jsonl").write_text("".join(lines[:-1]))
    status, out, _ = aup("audit", "verify", str(log))
    assert (status, "the log was cut" in out) == (1, True)


def test_a_log_that_was_cut_behind_our_back_is_a_breach(house: House, store: Store, aup: Aup) -> None:
    upload(house, store, "eicar.com", EICAR.encode())
    aup("enforce")
    open_rights(house).checkpointing.take()
    assert aup("fsck")[:2] == (0, "every invariant holds\n")
    with house.database.writing() as connection:
        newest = connection.execute(select(func.max(audit.c.number))).scalar()
        connection.execute(delete(audit).where(audit.c.number == newest))
    status, out, _ = aup("fsck")
    assert (status, "I7 audit log: a checkpoint saw" in out) == (1, True)


def test_the_store_is_probed_and_a_dry_run_writes_nothing(house: House, store: Store, aup: Aup) -> None:
    upload(house, store, "eicar.com", EICAR.encode())
    before = len(house.register.chain(0, 10_000))
    writes = [entry for entry in store.world.log if entry[1].startswith(("Put", "Delete"))]
    assert "suspend PENDING" in aup("enforce", "--dry-run")[1]
    assert len(house.register.chain(0, 10_000)) == before
    assert [entry for entry in store.world.log if entry[1].startswith(("Put", "Delete"))] == writes
    assert json.loads(aup("stores", "probe", "--json")[1])["tag_policy"] is True
    assert "evidence under Object Lock: no, an append-only folder" in aup("stores", "show")[1]
    assert json.loads(aup("stores", "roles", "--bucket", "tenant-a")[1])["vault"]["Version"] == "2012-10-17"

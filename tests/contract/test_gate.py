"""The serving gate on strict and lying stores: closed until clean, on the exact version, and not to be forged."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from localstore.values import Caller, Login
from scanner.adapters.gate_store import S3Gate
from scanner.adapters.memory import FixedClock
from scanner.adapters.sql import Database
from scanner.adapters.sql_gates import SqlGates
from scanner.adapters.sql_intake import SqlNotes
from scanner.adapters.sql_register import SqlRegister
from scanner.domain.changes import Change, Judged
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Coverage, Gap, Reason
from scanner.domain.gates import GateMode
from scanner.domain.verdicts import Standing, Verdict
from scanner.errors import EnforcementError, GoneError
from scanner.services.gating import Gating
from tests.contract.s3_stores import OWNER, Store, client, strict_store

OURS = f"arn:aws:iam::{OWNER}:user/aup"


@pytest.fixture
def store() -> Iterator[Store]:
    with strict_store() as opened:
        ours = {"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]}
        opened.world.logins["aup"] = Login("secret", Caller(OWNER, "aup", ours))
        opened.bucket()
        yield opened


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'aup.sqlite3'}")
    opened.migrate()
    yield opened
    opened.close()


def gating(store: Store, database: Database, *writers: str) -> Gating:
    gate = S3Gate(client(store.url, "aup") if "aup" in store.world.logins else store.client, store.url, writers)
    return Gating(
        gate, SqlGates(database), SqlRegister(database), SqlNotes(database), FixedClock(), named=bool(writers)
    )


def judge(database: Database, subject: Subject, *gaps: Reason, standing: Standing = Standing.CLEAN) -> None:
    coverage = Coverage(gaps=tuple(Gap(reason) for reason in gaps), rulebook_digest="d" * 64)
    verdict = Verdict(Content("a" * 64, subject.size), standing, (), coverage)
    SqlRegister(database).commit(Change(verdicts=(Judged(subject, verdict),)))


def test_a_version_is_served_only_once_it_is_clean_and_each_version_by_itself(store: Store, database: Database) -> None:
    gate = gating(store, database, OURS)
    gate.choose("tenant", GateMode.GATE, "li")
    first = store.put()
    assert store.anonymous("a/key") == 403
    judge(database, first)
    assert gate.advance() == {"opened": 1}
    assert store.anonymous("a/key") == 200
    second = store.put(body=b"new")
    assert (store.anonymous("a/key"), store.anonymous("a/key", version=first.version_id)) == (403, 200)
    judge(database, second, Reason.ENCRYPTED)
    assert gate.advance() == {"closed": 1}
    assert store.anonymous("a/key") == 403
    assert store.client.get_object(Bucket="tenant", Key="a/key")["Body"].read() == b"new", "its owner still reads it"


def test_a_version_that_is_found_bad_later_is_closed_again(store: Store, database: Database) -> None:
    gate, subject = gating(store, database, OURS), store.put()
    judge(database, subject)
    gate.choose("tenant", GateMode.GATE, "li")
    assert store.anonymous("a/key") == 200, "what was clean already is open when the gate closes"
    judge(database, subject, standing=Standing.VIOLATION)
    gate.advance()
    assert store.anonymous("a/key") == 403


def test_nobody_but_us_can_write_the_tag_and_other_tags_stay_free(store: Store, database: Database) -> None:
    gate, subject = gating(store, database, OURS), store.put()
    assert gate.choose("tenant", GateMode.GATE, "li").open_to_forging == ""
    forged = {"TagSet": [{"Key": "aup-gate", "Value": "clean"}]}
    with pytest.raises(ClientError, match="AccessDenied"):
        store.client.put_object_tagging(Bucket="tenant", Key="a/key", VersionId=subject.version_id, Tagging=forged)
    with pytest.raises(ClientError, match="AccessDenied"):
        store.put("b", b"bad", Tagging="aup-gate=clean")
    own = {"TagSet": [{"Key": "colour", "Value": "red"}]}
    store.client.put_object_tagging(Bucket="tenant", Key="a/key", Tagging=own)
    judge(database, subject)
    gate.advance()
    tags = store.client.get_object_tagging(Bucket="tenant", Key="a/key")["TagSet"]
    assert sorted(tag["Key"] for tag in tags) == ["aup-gate", "colour"]
    assert store.anonymous("a/key") == 200


def test_a_gate_without_named_logins_says_that_its_tag_can_be_forged(store: Store, database: Database) -> None:
    gate = gating(store, database).choose("tenant", GateMode.GATE, "li")
    assert "gate_writers" in gate.open_to_forging


def test_a_store_that_does_not_refuse_forging_is_named_as_such(database: Database) -> None:
    with strict_store("request-tags-ignored") as store:
        store.bucket()
        gate = gating(store, database, f"arn:aws:iam::{OWNER}:root").choose("tenant", GateMode.GATE, "li")
        assert "not shown to refuse" in gate.open_to_forging


@pytest.mark.parametrize("quirk", ["policy-ignored", "tag-conditions-ignored", "no-policy", "no-tagging"])
def test_a_store_that_cannot_hold_a_gate_is_left_at_monitor(quirk: str, database: Database) -> None:
    with strict_store(quirk) as store:
        store.client.create_bucket(Bucket="tenant")
        gate = gating(store, database)
        with pytest.raises(EnforcementError, match="not shown to hold a gate"):
            gate.choose("tenant", GateMode.GATE, "li")
        assert gate.gates() == []


def test_a_bucket_without_versions_is_not_gated(store: Store, database: Database) -> None:
    store.bucket("plain", versions=False)
    with pytest.raises(EnforcementError, match="versions are not kept"):
        gating(store, database, OURS).choose("plain", GateMode.GATE, "li")


def test_statements_that_were_taken_out_are_put_back_with_an_alarm(store: Store, database: Database) -> None:
    gate = gating(store, database, OURS)
    gate.choose("tenant", GateMode.GATE, "li")
    store.put()
    store.client.delete_bucket_policy(Bucket="tenant")
    store.client.put_object_acl(Bucket="tenant", Key="a/key", ACL="public-read")
    assert store.anonymous("a/key") == 200
    assert (gate.watch(), store.anonymous("a/key"), gate.watch()) == (1, 403, 0)
    log = SqlRegister(database).chain(0, 100)
    assert b"alarm" in log[-1].body


def test_monitor_takes_our_statements_out_and_leaves_the_owner_s(store: Store, database: Database) -> None:
    gate, before = gating(store, database, OURS), store.client.get_bucket_policy(Bucket="tenant")["Policy"]
    gate.choose("tenant", GateMode.GATE, "li")
    gate.choose("tenant", GateMode.MONITOR, "li")
    assert store.client.get_bucket_policy(Bucket="tenant")["Policy"].replace(" ", "") == before.replace(" ", "")
    store.put()
    assert (store.anonymous("a/key"), gate.advance()) == (200, {})


def test_a_version_without_room_for_a_tag_stays_closed_and_holds_up_nobody(store: Store, database: Database) -> None:
    gate = gating(store, database, OURS)
    gate.choose("tenant", GateMode.GATE, "li")
    full, other = store.put("full", Tagging="&".join(f"t{n}=x" for n in range(10))), store.put("other")
    judge(database, full)
    judge(database, other)
    assert gate.advance() == {"failed": 1, "opened": 1}
    assert (store.anonymous("full"), store.anonymous("other")) == (403, 200)
    [shown] = gate.gates()
    assert "ten tags" in shown.trouble
    assert gate.advance() == {"failed": 1}, "it is tried again"


def test_a_person_may_admit_a_version_after_a_false_alarm(store: Store, database: Database) -> None:
    gate = gating(store, database, OURS)
    gate.choose("tenant", GateMode.GATE, "li")
    subject = store.put()
    judge(database, subject, standing=Standing.SUSPECT)
    gate.advance()
    gate.admit(subject, "wang", "a recipe, not a threat")
    assert store.anonymous("a/key") == 200
    assert gate.advance() == {}


def _alarms(database: Database) -> int:
    return sum(b'"alarm"' in entry.body for entry in SqlRegister(database).chain(0, 1_000))


def test_a_gate_that_cannot_be_put_back_is_an_alarm_once_and_calm_again_when_it_stands(
    store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = gating(store, database, OURS)
    gate.choose("tenant", GateMode.GATE, "li")
    store.client.delete_bucket_policy(Bucket="tenant")
    with monkeypatch.context() as refused:
        refused.setattr(S3Gate, "turn_on", lambda *_: (_ for _ in ()).throw(EnforcementError("not allowed to")))
        assert [gate.watch() for _ in range(5)] == [0] * 5
    assert _alarms(database) == 1
    assert "not allowed to" in gate.gates()[0].trouble
    assert gate.watch() == 1
    assert (gate.gates()[0].trouble, _alarms(database)) == ("", 2)


def test_a_trouble_is_over_when_the_last_verdict_was_carried(store: Store, database: Database) -> None:
    gate = gating(store, database, OURS)
    gate.choose("tenant", GateMode.GATE, "li")
    full = store.put("full", Tagging="&".join(f"t{n}=x" for n in range(10)))
    judge(database, full)
    gate.advance()
    gate.watch()
    assert "ten tags" in gate.gates()[0].trouble
    store.client.put_object_tagging(Bucket="tenant", Key="full", Tagging={"TagSet": []})
    gate.advance()
    gate.watch()
    assert gate.gates()[0].trouble == ""


def test_a_null_version_replaced_while_it_is_tagged_does_not_keep_the_tag(
    store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.bucket("plain", versions=False)
    subject = replace(store.put("k", b"nice", bucket="plain"), version_id="")
    gate, real = S3Gate(store.client, store.url), S3Gate._write

    def late(self: S3Gate, named: Subject, tags: dict[str, str]) -> None:
        if tags:
            store.put("k", b"EVIL", bucket="plain")
        real(self, named, tags)

    monkeypatch.setattr(S3Gate, "_write", late)
    with pytest.raises(GoneError, match="other bytes"):
        gate.open(subject)
    assert store.client.get_object_tagging(Bucket="plain", Key="k")["TagSet"] == []

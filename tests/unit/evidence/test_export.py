"""Exports and checkpoints: proven on another machine with a public key alone."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from scanner.domain.audit import AuditEntry, Chained
from scanner.domain.canonical import canonical
from scanner.domain.chain import checkpoint, link
from scanner.domain.evidence import Manifest
from scanner.errors import TaintedError, VaultError
from scanner.wire.checkpoints import read_checkpoint, sign_checkpoint, verify_log
from scanner.wire.export import Handover, Proof, export_bundle, prove, split_export, verify_any, verify_export
from scanner.wire.seal import Keys, load_or_create_keys
from tests.contract.stores import NOW, case, verdict

PAYLOAD = b"GIF89a <?php system($_GET[0]);"
TO_COURT = Handover("court", "order 17/2026", "ann", NOW, readable=True)


@dataclass
class Office:
    """One operator: keys, a bundle, a log that knows it, and a signed checkpoint."""

    keys: Keys
    bundle: bytes
    log: list[Chained]
    point: bytes

    def export(self, handover: Handover = TO_COURT) -> bytes:
        digest = hashlib.sha256(self.bundle).hexdigest()
        return export_bundle(self.bundle, prove(self.log, digest, self.point, self.keys.public), handover, self.keys)


def office(folder: Path, salt: str = "") -> Office:
    keys = load_or_create_keys(folder)
    judged = verdict(hashlib.sha256(PAYLOAD).hexdigest())
    bundle = keys.seal(Manifest.of(case(), judged, kept="bytes", at=NOW, actor="machine").to_bytes(), PAYLOAD)
    facts = {"bundle": hashlib.sha256(bundle).hexdigest()}
    entries = [AuditEntry(NOW, "ann", "did", f"C{number}{salt}", "why") for number in range(9)]
    entries.insert(4, AuditEntry(NOW, "machine", "evidence-sealed", "E1", "a finding", facts))
    log: list[Chained] = []
    for number, entry in enumerate(entries, 1):
        previous = log[-1].digest if log else ""
        log.append(Chained(number, entry.body(), previous, link(previous, entry.body())))
    return Office(keys, bundle, log, sign_checkpoint(checkpoint(log, NOW), keys))


@pytest.fixture
def ours(tmp_path: Path) -> Office:
    return office(tmp_path / "keys")


def test_an_export_is_verified_without_keys_database_or_vault(ours: Office) -> None:
    export, public = ours.export(), ours.keys.public
    shutil.rmtree(ours.keys.folder)
    report = verify_export(export, public)
    assert report.problems == ()
    assert (report.facts["receiver"], report.facts["reason"], report.facts["case"]) == ("court", "order 17/2026", "C1")
    assert verify_any(export, public) == report


def test_a_bundle_by_itself_is_verified_by_the_same_door(ours: Office) -> None:
    assert verify_any(ours.bundle, ours.keys.public).valid


def test_only_a_readable_export_carries_the_key(ours: Office) -> None:
    assert split_export(ours.export(replace(TO_COURT, readable=False)))[0]["payload_key"] == ""
    assert split_export(ours.export())[0]["payload_key"]


def edited(ours: Office) -> bytes:
    return ours.export().replace(b"3.1.3.7", b"3.1.3.9", 1)


def removed(ours: Office) -> bytes:
    rest = [one for one in ours.log if one.number != 5]
    forged = replace(ours, log=rest, point=sign_checkpoint(checkpoint(rest, NOW), ours.keys))
    return forged.export()


def swapped(ours: Office) -> bytes:
    other = ours.keys.seal(Manifest.of(case(), verdict(), kept="hash", at=NOW, actor="m").to_bytes(), b"")
    return ours.export().replace(ours.bundle, other)


def cut(ours: Office) -> bytes:
    return ours.export()[:-200]


def chained_anew(ours: Office) -> bytes:
    body = ours.log[4].body.replace(b"a finding", b"no finding")
    entry = Chained(5, body, ours.log[3].digest, link(ours.log[3].digest, body))
    log = [*ours.log[:4], entry]
    for old in ours.log[5:]:
        log.append(Chained(old.number, old.body, log[-1].digest, link(log[-1].digest, old.body)))
    proof = prove(ours.log, _digest(ours), ours.point, ours.keys.public)
    return export_bundle(ours.bundle, replace(proof, entry=entry), TO_COURT, ours.keys)


def forked(ours: Office) -> bytes:
    other = office(ours.keys.folder, "other")
    proof = prove(ours.log, _digest(ours), ours.point, ours.keys.public)
    return export_bundle(ours.bundle, replace(proof, checkpoint=other.point), TO_COURT, ours.keys)


def _digest(ours: Office) -> str:
    return hashlib.sha256(ours.bundle).hexdigest()


@pytest.mark.parametrize(
    ("tamper", "word"),
    [
        (edited, "edited after sealing"),
        (cut, "is cut short"),
        (swapped, "it carries another bundle than it states|is cut short"),
        (chained_anew, "not under the signed checkpoint"),
        (forked, "not under the signed checkpoint"),
    ],
)
def test_each_kind_of_tampering_is_found(ours: Office, tamper: Callable[[Office], bytes], word: str) -> None:
    problems = "; ".join(verify_export(tamper(ours), ours.keys.public).problems)
    assert any(part in problems for part in word.split("|"))


def test_a_log_without_the_entry_gives_no_proof(ours: Office) -> None:
    with pytest.raises(VaultError, match="no signed entry names the bundle yet"):
        removed(ours)


def test_1000_random_edits_of_an_export_are_all_found(ours: Office) -> None:
    import random

    export, dice = ours.export(), random.Random(11)
    for _ in range(1000):
        at = dice.randrange(len(export))
        forged = export[:at] + dice.randbytes(dice.randrange(6)) + export[at + dice.randrange(1, 6) :]
        assert forged == export or not verify_export(forged, ours.keys.public).valid


@pytest.mark.parametrize("field", ["entry", "path", "checkpoint", "payload_key", "bundle_sha256", "receiver"])
def test_a_statement_without_a_field_is_told(ours: Office, field: str) -> None:
    statement, bundle = split_export(ours.export())
    bare = canonical({name: value for name, value in statement.items() if name != field})
    signed = b"".join((b"AUPEXPT1", len(bare).to_bytes(8, "big"), len(bundle).to_bytes(8, "big"), bare, bundle))
    report = verify_export(signed + bytes(64), ours.keys.public)
    assert not report.valid
    assert "lacks or misspells a field" in report.problems[-1]


@pytest.mark.parametrize("text", [b"", b"AUPEXPT1", b"AUPEXPT1" + b"\xff" * 100, b"AUPEXPT1" + bytes(16) + bytes(64)])
def test_what_is_no_export_is_told(ours: Office, text: bytes) -> None:
    assert not verify_export(text, ours.keys.public).valid


def test_another_bundle_under_the_same_statement_is_found(ours: Office) -> None:
    proof = prove(ours.log, _digest(ours), ours.point, ours.keys.public)
    other = ours.keys.seal(Manifest.of(case("C2"), verdict(), kept="hash", at=NOW, actor="m").to_bytes(), b"")
    report = verify_export(export_bundle(other, proof, TO_COURT, ours.keys), ours.keys.public)
    assert report.problems == ("audit log: the entry does not name this bundle",)


def test_content_that_is_not_the_stated_one_is_found(ours: Office) -> None:
    lying = ours.keys.seal(Manifest.of(case(), verdict(), kept="bytes", at=NOW, actor="m").to_bytes(), b"other")
    body = canonical({"bundle": hashlib.sha256(lying).hexdigest()})
    log = [Chained(1, body, "", link("", body))]
    forged = Office(ours.keys, lying, log, sign_checkpoint(checkpoint(log, NOW), ours.keys))
    assert verify_export(forged.export(), ours.keys.public).problems == ("content: it is not what the manifest states",)


def test_a_log_is_verified_against_its_signed_checkpoints(ours: Office) -> None:
    report = verify_log(ours.log, [ours.point], ours.keys.public)
    assert report.valid
    assert report.facts == {"entries": 10, "checkpoints": 1, "signed up to entry": 10}
    assert verify_log([], [], ours.keys.public).facts["signed up to entry"] == 0


def test_an_entry_edited_in_an_export_is_found(ours: Office) -> None:
    proof = prove(ours.log, _digest(ours), ours.point, ours.keys.public)
    forged = replace(proof, entry=replace(proof.entry, previous="0" * 64))
    report = verify_export(export_bundle(ours.bundle, forged, TO_COURT, ours.keys), ours.keys.public)
    assert report.problems == ("audit log: the entry's digest does not cover it",)


def test_a_forged_checkpoint_is_found(ours: Office, tmp_path: Path) -> None:
    forger = load_or_create_keys(tmp_path / "forger")
    forged = sign_checkpoint(checkpoint(ours.log[:3], NOW), forger)
    assert "its signature does not fit" in verify_log(ours.log, [forged], ours.keys.public).problems[0]
    with pytest.raises(TaintedError):
        read_checkpoint(forged, ours.keys.public)


@pytest.mark.parametrize("text", [b"{}", b"[]", b"x", b'{"checkpoint":{"size":"x"},"signature":"AA=="}'])
def test_what_is_no_checkpoint_is_told(ours: Office, text: bytes) -> None:
    assert verify_log(ours.log, [text], ours.keys.public).problems


def test_a_proof_can_be_made_for_any_later_checkpoint(ours: Office) -> None:
    early = sign_checkpoint(checkpoint(ours.log[:5], NOW), ours.keys)
    proof: Proof = prove(ours.log, _digest(ours), early, ours.keys.public)
    assert verify_export(export_bundle(ours.bundle, proof, TO_COURT, ours.keys), ours.keys.public).valid

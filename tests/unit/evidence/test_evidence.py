"""Manifests and the states of evidence."""

import json
from dataclasses import replace

import pytest

from scanner.domain.canonical import canonical
from scanner.domain.content import Subject
from scanner.domain.evidence import NEXT_STATES, STANDING_STATES, EvidenceState, Manifest, step
from scanner.errors import TransitionError
from tests.contract.stores import NOW, case, verdict


def manifest() -> Manifest:
    """The manifest of a judged content."""
    return Manifest.of(case(), verdict(), kept="bytes", at=NOW, actor="machine")


def test_a_manifest_says_what_was_found_where_and_by_which_rulebook() -> None:
    stated = json.loads(manifest().to_bytes())
    assert stated["format"] == "aup-evidence/1"
    assert (stated["sha256"], stated["kept"], stated["rulebook_digest"]) == ("a" * 64, "bytes", "d" * 64)
    assert stated["subject"]["version_id"] == "v1"
    assert stated["gaps"] == ["encrypted x!z"]
    (finding,) = stated["findings"]
    assert (finding["rule"], finding["path"], finding["offset"], finding["length"]) == ("malware.test", "x!y", 5, 2)


def test_a_manifest_holds_no_content() -> None:
    text = manifest().to_bytes()
    assert b"ex\\ud800" not in text
    assert b"excerpt" not in text
    assert b"matched" not in text


def test_the_same_manifest_is_the_same_bytes() -> None:
    assert manifest().to_bytes() == manifest().to_bytes() == canonical(json.loads(manifest().to_bytes()))


def test_a_key_that_is_no_valid_text_can_be_stated() -> None:
    odd = replace(case(), subject=Subject("b", "k\ud800\n"))
    assert b"k\\ud800\\n" in Manifest.of(odd, verdict(), kept="hash", at=NOW, actor="m").to_bytes()


def test_evidence_goes_one_way() -> None:
    state = EvidenceState.REQUESTED
    for wanted in (EvidenceState.CAPTURED, EvidenceState.VERIFIED, EvidenceState.RETAINED, EvidenceState.EXPIRED):
        state = step(state, wanted, "E1")
    with pytest.raises(TransitionError, match="EXPIRED evidence cannot become RETAINED — allowed: nothing"):
        step(state, EvidenceState.RETAINED, "E1")


def test_a_hold_never_expires() -> None:
    with pytest.raises(TransitionError, match="HELD evidence cannot become EXPIRED"):
        step(EvidenceState.HELD, EvidenceState.EXPIRED, "E1")


def test_tainted_evidence_stands_no_more_and_can_only_be_held() -> None:
    assert EvidenceState.TAINTED not in STANDING_STATES
    assert NEXT_STATES[EvidenceState.TAINTED] == {EvidenceState.HELD}
    assert set(NEXT_STATES) == set(EvidenceState)

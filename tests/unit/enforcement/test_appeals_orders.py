"""Appeals and orders of authorities: malformed, late and too wide ones are refused with a clear word."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scanner.domain.content import Subject
from scanner.domain.enforcement.appeals import WINDOW, Appeal, AppealState, Ground, check_appeal, judged
from scanner.domain.enforcement.orders import Order, check_order, covers, stands
from scanner.errors import TransitionError
from tests.unit.enforcement.courses import NOW

APPEAL = Appeal("P1", "K1", "C1", "account-1", Ground.MISCLASSIFIED, "it is a test file", ("a.pdf",), NOW, NOW)
ORDER = Order("O1", "court", "17/2026", "a" * 64, "§ 1", ("tenant/bad", "other"), NOW, NOW + timedelta(days=30))


def test_an_appeal_in_time_is_taken() -> None:
    assert check_appeal(APPEAL, NOW - WINDOW) is APPEAL
    assert check_appeal(APPEAL, None) is APPEAL


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"text": " \n"}, "needs a text"),
        ({"text": "x" * 20_001}, "is longer than"),
        ({"proofs": ("p",) * 21}, "is longer than"),
        ({"filed_at": NOW + timedelta(seconds=1)}, "the time to appeal ended 2026-03-01"),
    ],
)
def test_a_malformed_or_late_appeal_is_refused(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(TransitionError, match=why):
        check_appeal(replace(APPEAL, **changed), NOW - WINDOW)


def test_only_a_misclassification_is_charged_to_the_rule() -> None:
    granted = judged(APPEAL, "dee", granted=True, reason="harmless", now=NOW, rule="webshell")
    assert (granted.state, granted.charged, granted.judge) == (AppealState.GRANTED, "webshell", "dee")
    fixed = judged(replace(APPEAL, ground=Ground.FIXED), "dee", granted=True, reason="mended", now=NOW, rule="webshell")
    assert fixed.charged == ""
    denied = judged(APPEAL, "dee", granted=False, reason="it is one", now=NOW, rule="webshell")
    assert (denied.state, denied.charged, denied.revision) == (AppealState.DENIED, "", 2)


def test_an_appeal_is_judged_once_and_with_a_reason() -> None:
    done = judged(APPEAL, "dee", granted=False, reason="it is one", now=NOW, rule="r")
    with pytest.raises(TransitionError, match="appeal is DENIED"):
        judged(done, "eve", granted=True, reason="x", now=NOW, rule="r")
    with pytest.raises(TransitionError, match="needs a reason"):
        judged(APPEAL, "dee", granted=True, reason=" ", now=NOW, rule="r")


def test_an_order_covers_what_it_names_while_it_stands() -> None:
    assert check_order(ORDER) is ORDER
    assert covers(ORDER, Subject("tenant", "bad/x"), NOW)
    assert covers(ORDER, Subject("tenant", "bad"), NOW)
    assert covers(ORDER, Subject("other", "x"), NOW)
    assert not covers(ORDER, Subject("tenant", "badly/x"), NOW)
    assert not covers(ORDER, Subject("tenant", "bad/x"), NOW + timedelta(days=30))
    assert not stands(ORDER, NOW - timedelta(seconds=1))
    assert stands(replace(ORDER, ends_at=None), NOW + timedelta(days=9999))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"authority": ""}, "lacks authority"),
        ({"reference": " ", "legal_basis": ""}, "lacks reference, legal_basis"),
        ({"document_sha256": ""}, "lacks document_sha256"),
        ({"scope": ()}, "lacks scope"),
        ({"scope": ("a", "")}, "lacks scope"),
        ({"wants": "delete"}, "lacks wants"),
        ({"scope": ("*",)}, "too wide"),
        ({"scope": ("/",)}, "too wide"),
        ({"scope": ("a",) * 1001}, "too wide"),
        ({"ends_at": NOW}, "ended before it came"),
    ],
)
def test_an_order_that_cannot_be_carried_out_is_refused(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(TransitionError, match=why):
        check_order(replace(ORDER, **changed))

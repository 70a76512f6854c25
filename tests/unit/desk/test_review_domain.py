"""The queue's order, a claim's life, redaction, agreement: pure functions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.cases import Case, CaseState, Decision, Outcome, claim, decide
from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity
from scanner.domain.review_people import Exposure, Preferences, View, with_view, without_view
from scanner.domain.review_quality import agreement, sampled, spread
from scanner.domain.review_queue import (
    MOST_LEAD,
    ReviewLane,
    held_by,
    lane_of,
    likeness,
    rank,
    reach,
    turn,
)
from scanner.domain.review_redaction import COVER, mark, redact
from scanner.domain.review_steps import GRACE, leave, lost_to, renew, take_back
from scanner.errors import ConflictError, TransitionError, UsageError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOLD = timedelta(minutes=15)
SLA = timedelta(hours=24)
severities, confidences = st.sampled_from(list(Severity)), st.sampled_from(list(Confidence))


def made(severity: Severity = Severity.HIGH, due: datetime = NOW, **told: object) -> Case:
    case = Case(
        "C1", Subject("b", "k", "v"), "a" * 64, "3.1.3.7", "malware.test", severity, Confidence.HIGH,
        CaseState.QUEUED, "scan", due - SLA, due, summary="call 12345 now",
    )  # fmt: skip
    return replace(case, **told)  # type: ignore[arg-type]


@st.composite
def some_cases(draw: st.DrawFn) -> tuple[Case, int]:
    due = NOW + timedelta(minutes=draw(st.integers(-100_000, 100_000)))
    case = made(draw(severities), due, confidence=draw(confidences))
    return case, draw(st.integers(1, 10**7))


@given(some_cases(), some_cases(), st.integers(-10_000, 10_000))
def test_the_order_by_turn_is_the_order_by_rank_at_any_time(
    one: tuple[Case, int], other: tuple[Case, int], minutes: int
) -> None:
    now = NOW + timedelta(minutes=minutes)
    if abs(turn(*one) - turn(*other)) < 1:
        return  # equal but for rounding
    assert (turn(*one) < turn(*other)) == (rank(*one, now) > rank(*other, now))


@given(some_cases(), some_cases())
def test_no_case_starves_whoever_comes_after_it(old: tuple[Case, int], new: tuple[Case, int]) -> None:
    """A case due later than the old one by more than the greatest lead stands behind it, however grave."""
    late = replace(new[0], due_at=old[0].due_at + MOST_LEAD + timedelta(seconds=1))
    assert turn(late, new[1]) > turn(*old)


@given(severities, confidences, st.integers(1, 10**6))
def test_the_graver_surer_wider_and_later_comes_first(severity: Severity, sure: Confidence, copies: int) -> None:
    case = made(severity, confidence=sure)
    assert turn(case, copies) >= turn(case, copies * 2)
    assert turn(case, copies) < turn(replace(case, due_at=NOW + timedelta(hours=1)), copies)
    if severity < Severity.CRITICAL:
        assert turn(replace(case, severity=Severity(severity + 1)), copies) < turn(case, copies)


def test_reach_grows_with_the_logarithm_of_the_copies() -> None:
    assert [reach(count) for count in (0, 1, 2, 3, 4, 1024, 10**9)] == [1, 1, 2, 2, 3, 11, 21]


@pytest.mark.parametrize(
    ("told", "lane"),
    [
        ({"source": "order", "state": CaseState.ESCALATED}, ReviewLane.ORDERS),
        ({"state": CaseState.ESCALATED}, ReviewLane.ESCALATED),
        ({"source": "report"}, ReviewLane.REPORTS),
        ({"source": "usage"}, ReviewLane.USAGE),
        ({}, ReviewLane.HARM),
        ({"clause": "3.1.3.5.4"}, ReviewLane.CONTENT),
    ],
)
def test_every_case_waits_in_one_lane(told: dict[str, object], lane: ReviewLane) -> None:
    assert lane_of(made(**told)) is lane


def test_an_escalated_case_stays_in_its_lane_while_a_lead_holds_it() -> None:
    decision = Decision(Outcome.ESCALATE, "li", "unclear", "", NOW)
    held = claim(replace(made(), state=CaseState.ESCALATED, decision=decision), "wang", NOW, HOLD)
    assert lane_of(held) is ReviewLane.ESCALATED


def test_cases_that_differ_in_numbers_only_are_alike() -> None:
    assert likeness(made()) == likeness(made(summary="CALL  999 now"))
    assert likeness(made()) != likeness(made(summary="call 999 later"))


def test_a_claim_is_kept_alive_and_lost_when_it_ran_out() -> None:
    held = claim(made(), "li", NOW, HOLD)
    kept = renew(held, "li", 1, NOW + timedelta(minutes=10), HOLD)
    assert held_by(kept, NOW + timedelta(minutes=20)) == "li"
    assert held_by(kept, NOW + timedelta(minutes=30)) == ""
    with pytest.raises(ConflictError, match="ran out at 12:25:00"):
        renew(kept, "li", 1, NOW + timedelta(minutes=30), HOLD)


def test_a_claim_whose_page_was_left_lasts_for_the_grace_and_no_longer_than_before() -> None:
    held = claim(made(), "li", NOW, HOLD)
    left = leave(held, "li", 1, NOW)
    assert left.claim is not None
    assert left.claim.until == NOW + GRACE
    assert leave(left, "li", 1, NOW + GRACE / 2) is left
    assert held_by(renew(left, "li", 1, NOW + GRACE / 2, HOLD), NOW + HOLD) == "li"
    with pytest.raises(ConflictError, match="ran out"):
        leave(left, "li", 1, NOW + GRACE)


def test_a_late_heartbeat_is_told_who_has_it_or_decided_it() -> None:
    again = claim(claim(made(), "li", NOW, HOLD), "wang", NOW + HOLD, HOLD)
    with pytest.raises(ConflictError, match="wang claimed it anew"):
        renew(again, "li", 1, NOW + HOLD, HOLD)
    decided = decide(again, 2, Decision(Outcome.CLEAN, "wang", "benign", "", NOW + HOLD))
    with pytest.raises(ConflictError, match="wang decided it clean at 12:15:00"):
        renew(decided, "li", 1, NOW + HOLD, HOLD)
    assert lost_to(made()) == "it is QUEUED"


def test_a_decision_is_taken_back_by_whoever_made_it_in_time() -> None:
    decided = decide(claim(made(), "li", NOW, HOLD), 1, Decision(Outcome.CLEAN, "li", "benign", "", NOW))
    back = take_back(decided, "li", NOW + timedelta(minutes=1), HOLD)
    assert (back.state, back.decision, back.tokens) == (CaseState.CLAIMED, None, 2)
    with pytest.raises(TransitionError, match="decided by li"):
        take_back(decided, "wang", NOW, HOLD)
    with pytest.raises(TransitionError, match="ended at 12:02:00"):
        take_back(decided, "li", NOW + timedelta(minutes=3), HOLD)
    with pytest.raises(TransitionError, match="nothing to undo"):
        take_back(made(), "li", NOW, HOLD)


@given(st.text("abc0123456789 -@.", max_size=60), st.integers(10_000, 10**12))
def test_no_long_number_is_shown_first_and_lengths_are_kept(around: str, number: int) -> None:
    shown = redact(f"{around}x{number}x")
    assert len(shown) == len(around) + len(str(number)) + 2
    assert str(number) not in shown


def test_mail_and_passwords_are_covered() -> None:
    assert redact("to li.wei@mail.example.com") == f"to {COVER * 6}@mail.example.com"
    assert redact("密码：hunter2 ok") == f"密码：{COVER * 7} ok"


def test_the_hit_is_marked_within_the_covered_excerpt() -> None:
    shown = mark("客服 800812345 网赌 in", "网赌")
    assert (shown.before, shown.hit, shown.after) == (f"客服 {COVER * 9} ", "网赌", " in")
    assert mark("nothing here", "网赌").hit == ""


def test_kappa_as_cohen_computed_it() -> None:
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    found = agreement(pairs)
    assert (found.count, found.share, round(found.kappa or 0, 3)) == (50, 0.7, 0.4)
    assert agreement([]).kappa is None
    assert agreement([("yes", "yes")]).kappa is None


def test_a_sample_is_drawn_alike_each_time_and_about_as_large_as_asked() -> None:
    drawn = [sampled(f"C{number}", 0.05) for number in range(10_000)]
    assert 400 < sum(drawn) < 600
    assert drawn == [sampled(f"C{number}", 0.05) for number in range(10_000)]


def test_a_spread_is_by_nearest_rank() -> None:
    assert (spread([]).count, spread([3.0]).median) == (0, 3.0)
    found = spread(float(n) for n in range(1, 101))
    assert (found.median, found.p90) == (50.0, 90.0)


def test_views_are_saved_by_name_and_bounded() -> None:
    kept = with_view(with_view(Preferences("li"), View("mine", "assigned=li")), View("mine", "lane=harm"))
    assert (kept.views, kept.revision) == ((View("mine", "lane=harm"),), 2)
    assert without_view(kept, "mine").views == ()
    with pytest.raises(UsageError, match="needs a name"):
        with_view(kept, View(" ", ""))
    full = Preferences("li", views=tuple(View(str(n), "") for n in range(20)))
    with pytest.raises(UsageError, match="20 views already"):
        with_view(full, View("one more", ""))


def test_rest_is_asked_for_after_time_or_exposure() -> None:
    assert not Exposure(10, 10, 5, timedelta(minutes=20)).rest_is_due
    assert Exposure(10, 10, 5, timedelta(minutes=51)).rest_is_due
    assert Exposure(40, 40, 5, timedelta(minutes=1)).rest_is_due

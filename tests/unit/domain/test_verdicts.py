"""Verdicts: what a hit amounts to, and that nothing unread is called clean."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.clauses import Agreement, Ceiling
from scanner.domain.content import Content
from scanner.domain.coverage import Coverage, Gap, Reach, Reason, unread
from scanner.domain.findings import MEANT, Confidence, Finding, Layer, Severity
from scanner.domain.limits import Limits
from scanner.domain.policy import ClausePolicy, Policy
from scanner.domain.requests import Owed
from scanner.domain.rules import Rulebook, RuleStatus, digest_of
from scanner.domain.verdicts import Detection, Standing, judge, standing_of, worst
from scanner.errors import RuleError
from tests.contract.stores import owed


def finding(rule: str, clause: str = "3.1.3.7", severity: Severity = Severity.HIGH) -> Finding:
    return Finding(rule, "r", clause, severity, Confidence.HIGH, "", Layer.RAW)


def detection(*findings: Finding, gaps: tuple[Gap, ...] = (), fatal: bool = False) -> Detection:
    return Detection(Content("a" * 64, 1), findings, Coverage(gaps=gaps, fatal=fatal))


def test_a_hit_that_may_act_is_a_violation(book: Rulebook) -> None:
    verdict = judge(detection(finding("malware.test")), book)
    assert (verdict.word, verdict.clause, verdict.rule) == ("VIOLATION", "3.1.3.7", "malware.test")


def test_a_hit_under_a_review_only_clause_is_suspect_whatever_the_rule_says(book: Rulebook) -> None:
    bold = replace(book.rules["ads.test"], status=RuleStatus.AUTO, ceiling=Ceiling.SUSPEND)
    grave = finding("ads.test", "3.1.3.5.8", Severity.CRITICAL)
    assert standing_of(grave, replace(book, rules={"ads.test": bold})) is Standing.SUSPECT


def test_a_rule_in_review_never_acts(book: Rulebook) -> None:
    careful = replace(book.rules["malware.test"], status=RuleStatus.REVIEW)
    assert standing_of(finding("malware.test"), replace(book, rules={"malware.test": careful})) is Standing.SUSPECT


def test_what_had_to_be_mended_to_be_found_never_acts(book: Rulebook) -> None:
    meant = replace(finding("malware.test"), detail=f"{MEANT}words: 短信 (as 端信)")
    assert standing_of(meant, book) is Standing.SUSPECT


def test_nursery_and_unknown_rules_are_recorded_and_judge_nothing(book: Rulebook) -> None:
    verdict = judge(detection(finding("new.test"), finding("gone.rule")), book)
    assert (verdict.word, verdict.clause, len(verdict.findings)) == ("CLEAN", "", 2)


def test_a_hit_below_the_policy_is_recorded_only(book: Rulebook) -> None:
    assert standing_of(finding("malware.test", severity=Severity.LOW), book) is Standing.CLEAN
    assert standing_of(finding("malware.test", severity=Severity.MEDIUM), book) is Standing.SUSPECT


def test_the_gravest_hit_leads(book: Rulebook) -> None:
    hits = (finding("ads.test", "3.1.3.5.8", Severity.MEDIUM), finding("malware.test"), finding("new.test"))
    assert judge(detection(*hits), book).rule == "malware.test"


@given(st.lists(st.sampled_from(list(Reason)), min_size=1), st.booleans())
def test_nothing_with_a_gap_is_clean(reasons: list[Reason], fatal: bool) -> None:
    gaps = tuple(Gap(reason) for reason in reasons)
    empty = Rulebook(Agreement("", {}), Policy({}), {})
    verdict = judge(detection(gaps=gaps, fatal=fatal), empty)
    assert verdict.word in ("PARTIAL", "UNSCANNABLE", "FAILED")
    assert verdict.coverage.reach is not Reach.FULL


def test_a_content_that_was_not_to_be_had_failed_and_one_not_to_be_read_is_unscannable() -> None:
    assert unread([Gap(Reason.GONE)]).reach is Reach.FAILED
    assert unread([Gap(Reason.ENCRYPTED)]).reach is Reach.UNSCANNABLE
    assert Coverage(gaps=(Gap(Reason.TIMEOUT), Gap(Reason.ENCRYPTED), Gap(Reason.TIMEOUT))).reasons == (
        Reason.ENCRYPTED,
        Reason.TIMEOUT,
    )


def test_an_unknown_clause_is_named_with_the_known_ones(book: Rulebook) -> None:
    with pytest.raises(RuleError, match=r"unknown clause '9.9' — use one of 3.1.3.5.8, 3.1.3.7"):
        book.agreement.clause("9.9")


def test_a_clause_without_a_policy_goes_to_review() -> None:
    assert Policy({}).of("3.1.3.9") == ClausePolicy("3.1.3.9", ceiling=Ceiling.REVIEW)


def test_the_digest_depends_on_every_part_and_not_on_their_order() -> None:
    parts = [("a", b"1"), ("b", b"2")]
    assert digest_of(parts) == digest_of(parts[::-1])
    assert digest_of(parts) != digest_of([("a", b"12"), ("b", b"")])
    assert digest_of([("a", b"1")]) != digest_of([("a1", b"")])


def test_limits_that_differ_have_another_digest() -> None:
    assert Limits().digest != replace(Limits(), depth=4).digest


def test_a_request_is_the_same_by_place_version_and_sequencer() -> None:
    assert owed().identity == owed().identity
    assert owed().identity != owed(version="v2").identity
    unversioned = Owed(replace(owed().subject, version_id=""), owed().lane, "hook")
    assert "ev1" in unversioned.identity


def test_the_worst_word_of_several_is_told() -> None:
    assert worst(["CLEAN", "PARTIAL", "SUSPECT"]) == "SUSPECT"
    assert worst([]) == "CLEAN"

"""Statements of reasons: complete or held back, delivered until they are taken."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from scanner.domain.enforcement.notices import (
    MAX_ATTEMPTS,
    Automation,
    Delivery,
    Notice,
    Source,
    Withholding,
    category,
    missing,
    put_off,
    sent,
    transparency,
    withhold,
)
from scanner.errors import TransitionError
from tests.unit.enforcement.courses import NOW


def notice(**changed: Any) -> Notice:
    """A complete notice."""
    whole = Notice(
        id="A1",
        course="K1",
        case="C1",
        account="account-1",
        measure="suspend",
        clause="3.1.3.7",
        clause_zh="不进行任何危害网络安全的行为",
        clause_en="no harm to network security",
        facts_zh="规则 webshell 命中",
        facts_en="the rule webshell hit",
        scope="s3://tenant/a/key",
        territory=("DE", "CN"),
        applied_at=NOW,
        ends_at=NOW + timedelta(days=90),
        detected_by_machine=True,
        automation=Automation.FULL,
        source=Source.OWN,
        appeal_link="https://example.test/appeal/A1",
        content_at="2026-02-28T01:02:03+00:00",
    )
    return replace(whole, **changed)


def test_a_whole_notice_lacks_nothing() -> None:
    assert missing(notice()) == ()


@pytest.mark.parametrize("name", ["clause", "clause_zh", "clause_en", "facts_zh", "facts_en", "scope", "appeal_link"])
def test_each_part_that_lacks_is_named(name: str) -> None:
    assert missing(notice(**{name: " "})) == (name,)


def test_a_measure_without_an_end_is_not_complete() -> None:
    assert missing(notice(ends_at=None, applied_at=None, territory=())) == ("applied_at", "ends_at", "territory")
    assert missing(notice(ends_at=None, measure="delete")) == ()


def test_the_transparency_statement_has_the_databases_fields() -> None:
    stated = transparency(notice())
    assert stated["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_DISABLED"]
    assert (stated["automated_detection"], stated["automated_decision"]) == ("Yes", "AUTOMATED_DECISION_FULLY")
    assert (stated["application_date"], stated["end_date_visibility_restriction"]) == ("2026-03-01", "2026-05-30")
    assert (stated["source_type"], stated["puid"], stated["content_date"]) == ("SOURCE_VOLUNTARY", "A1", "2026-02-28")
    assert stated["territorial_scope"] == ["CN", "DE"]
    assert stated["content_type_other"] == "stored object"


def test_another_measure_and_a_known_content_type_are_stated_as_such() -> None:
    stated = transparency(
        notice(
            measure="throttle", content_type="CONTENT_TYPE_TEXT", content_at="", detected_by_machine=False, ends_at=None
        )
    )
    assert stated["decision_visibility"] == ["DECISION_VISIBILITY_OTHER"]
    assert stated["decision_visibility_other"] == "throttle"
    assert stated["automated_detection"] == "No"
    assert stated["end_date_visibility_restriction"] is None
    assert not {"content_date", "content_type_other"} & set(stated)


@pytest.mark.parametrize(
    ("clause", "wanted"),
    [
        ("3.1.3.5.3", "STATEMENT_CATEGORY_PORNOGRAPHY_OR_SEXUALIZED_CONTENT"),
        ("3.1.3.5.9", "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"),
        ("3.1.3.9", "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE"),
        ("", "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE"),
    ],
)
def test_a_clause_has_a_category_of_its_own_or_its_parents(clause: str, wanted: str) -> None:
    assert category(clause) == wanted


def test_a_receiver_down_for_two_days_loses_nothing() -> None:
    waiting, now = notice(), NOW
    while now < NOW + timedelta(days=2):
        waiting = put_off(waiting, "connection refused", now)
        assert waiting.state is Delivery.PENDING
        assert waiting.due_at is not None
        now = waiting.due_at
    assert sent(waiting, "200").state is Delivery.SENT
    assert waiting.attempts < MAX_ATTEMPTS


def test_a_notice_nobody_takes_dies_at_last_with_its_cause() -> None:
    waiting = notice()
    for _ in range(MAX_ATTEMPTS):
        waiting = put_off(waiting, "410 gone", NOW)
    assert (waiting.state, waiting.outcome) == (Delivery.DEAD, "410 gone")
    with pytest.raises(TransitionError, match="notice is DEAD"):
        sent(waiting, "200")


def test_a_notice_is_withheld_only_by_two_people_for_a_time() -> None:
    both = Withholding("ann", "bob", "an investigation", NOW + timedelta(days=3))
    kept = withhold(notice(), both, NOW)
    assert (kept.state, kept.due_at) == (Delivery.WITHHELD, both.until)
    assert both.stands(NOW)
    assert not both.stands(both.until)
    for wrong in (
        replace(both, second="ann"),
        replace(both, second=""),
        replace(both, reason=" "),
        replace(both, until=NOW),
    ):
        with pytest.raises(TransitionError, match="two people"):
            withhold(notice(), wrong, NOW)


def test_a_sent_notice_cannot_be_withheld() -> None:
    with pytest.raises(TransitionError, match="notice is SENT"):
        withhold(sent(notice(), "200"), Withholding("ann", "bob", "x", NOW + timedelta(days=1)), NOW)


def test_no_field_of_a_notice_holds_content() -> None:
    assert not {"excerpt", "matched", "payload"} & {field.name for field in fields(Notice)}

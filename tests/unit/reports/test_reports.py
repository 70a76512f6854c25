"""Where a report's address points to, and which clause a report concerns."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scanner.domain.findings import Confidence, Severity
from scanner.domain.reports import Contact, Report, elsewhere, ground, is_place, place_of, report_id, sureness

ORG = Contact("o", "a@o.example", "o.example")
REPORT = Report(
    "R1", "t", "content", "phishing", ORG, ORG, "203.0.113.4", "", "", None, datetime(2026, 1, 1, tzinfo=UTC), "d"
)
BASES = ("https://s3.example:9000", "https://{bucket}.cdn.example", "https://www.example/files/", "")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://s3.example:9000/bkt/a/k%C3%A9y.html?x=1#y", ("bkt", "a/kéy.html")),
        ("HTTPS://S3.example:9000/bkt/k", ("bkt", "k")),
        ("http://shop.cdn.example/a/b", ("shop", "a/b")),
        ("https://www.example/files/bkt/k", ("bkt", "k")),
        ("https://www.example/other/bkt/k", None),
        ("https://cdn.example/a", None),
        ("https://evil.example/b/k", None),
        ("https://s3.example:9000/bkt", None),
        ("https://s3.example:9000/bkt/", None),
        ("https://s3.example:9000/bkt/%00", None),
        ("https://s3.example:9000/bkt/" + "k" * 1_025, None),
        ("https://s3.example:9000/b%C2%85x/k", None),
        ("https://[::1", None),
        ("not a url", None),
    ],
)
def test_an_address_of_ours_is_found_and_no_other(url: str, place: tuple[str, str] | None) -> None:
    assert place_of(url, BASES) == place


@pytest.mark.parametrize(
    ("category", "kind", "clause", "severity"),
    [
        ("content", "phishing", "3.1.3.7", Severity.HIGH),
        ("content", "csam", "3.1.3.5.3", Severity.CRITICAL),
        ("content", "new_kind", "3.1.3.9", Severity.MEDIUM),
        ("messaging", "spam", "3.1.3.4", Severity.MEDIUM),
        ("copyright", "p2p", "3.1.3.5.7", Severity.MEDIUM),
    ],
)
def test_a_report_concerns_the_clause_of_its_kind(category: str, kind: str, clause: str, severity: Severity) -> None:
    assert ground(replace(REPORT, category=category, kind=kind)) == (clause, severity)


def test_a_strangers_word_is_weighed_by_how_sure_they_say_to_be() -> None:
    found = [sureness(replace(REPORT, confidence=share)) for share in (None, 0.2, 0.6, 0.95)]
    assert found == [Confidence.LOW, Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH]


def test_a_report_about_no_object_of_ours_is_about_the_host() -> None:
    subject = elsewhere(replace(REPORT, url="http://x.example/"))
    assert (subject.bucket, subject.key) == ("host:203.0.113.4", "http://x.example/")


def test_one_sender_and_token_are_one_report() -> None:
    assert report_id("a", "1") == report_id("a", "1")
    assert len({report_id("a", "1"), report_id("b", "1"), report_id("a", "2")}) == 3


@pytest.mark.parametrize(
    ("bucket", "key", "can"),
    [
        ("tenant-a", "", True),
        ("host:203.0.113.4", "http://x/", True),
        ("cdn:é", "k", False),
        ("\x85", "k", False),
        ("", "k", False),
        ("b", "k", False),
        ("tenant", "a\0b", False),
    ],
)
def test_a_place_is_one_that_can_exist(bucket: str, key: str, can: bool) -> None:
    assert is_place(bucket, key) is can

"""When what is known may be kept, and when nothing has changed."""

from dataclasses import replace

from scanner.domain.content import Content
from scanner.domain.coverage import Coverage, Gap, Reason
from scanner.domain.known import Difference, is_keepable
from scanner.domain.verdicts import Detection

WHOLE = Detection(Content("0" * 64, 1, "text/plain", "text"), (), Coverage())


def test_only_a_difference_without_anything_is_nothing() -> None:
    one = frozenset({"r"})
    assert Difference().is_nothing
    assert not any(each.is_nothing for each in (Difference(one), Difference(removed=one), Difference(whole=True)))


def test_a_detection_that_another_scan_might_better_is_not_kept() -> None:
    assert is_keepable(WHOLE)
    assert not is_keepable(replace(WHOLE, coverage=Coverage(fatal=True)))
    assert not is_keepable(replace(WHOLE, finding_count=1))
    assert not is_keepable(replace(WHOLE, coverage=Coverage(gaps=(Gap(Reason.TIMEOUT, "", "slow"),))))
    assert is_keepable(replace(WHOLE, coverage=Coverage(gaps=(Gap(Reason.ENCRYPTED, "a", "locked"),))))


def test_a_coverage_without_gaps_has_no_reasons() -> None:
    assert Coverage().reasons == ()
    assert Coverage(gaps=(Gap(Reason.TIMEOUT, "", "a"), Gap(Reason.TIMEOUT, "b", "c"))).reasons == (Reason.TIMEOUT,)

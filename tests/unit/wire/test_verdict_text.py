"""The quick text of a verdict is the converter's."""

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.domain.verdicts import Verdict
from scanner.wire.records import from_text, to_text
from scanner.wire.verdict_text import verdict_text


@settings(max_examples=60, deadline=None)
@given(st.builds(Verdict))
def test_the_quick_text_of_a_verdict_is_the_converters(verdict: Verdict) -> None:
    assert verdict_text(verdict) == to_text(verdict)
    assert from_text(verdict_text(verdict), Verdict) == verdict

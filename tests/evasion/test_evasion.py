"""No hiding place is silent: the marker stands in some view, or the coverage says what was not read."""

import collections
import functools

import pytest

from scanner.detection.unpack.unpacking import unpack
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason
from scanner.domain.limits import Limits
from tests.evasion.forms import forms, sample
from tests.evasion.marker import MARKER, Form

CI, WHOLE = 300, 1_200


@functools.cache
def _everything() -> list[Form]:
    return list(forms())


def _silent(form: Form) -> str:
    """Why the form counts as silent, "" if it does not."""
    found = unpack(Sample(form.file_name, form.data, form.media_type, form.encoding), Limits())
    seen = any(MARKER in view.data for view in found.views)
    crashed = [gap for gap in found.gaps if gap.reason is Reason.PARSER_CRASHED]
    if crashed:
        return f"{form.name}: {crashed[0].detail}"
    return "" if seen or found.gaps else form.name


def test_no_form_of_the_sample_is_silent() -> None:
    chosen = sample(_everything())
    silent = [word for form in chosen if (word := _silent(form))]
    assert len(chosen) >= CI
    assert silent == []


@pytest.mark.slow
def test_no_form_of_the_whole_battery_is_silent() -> None:
    everything = _everything()
    silent = [word for form in everything if (word := _silent(form))]
    assert len(everything) >= WHOLE
    assert silent == []


def test_every_form_has_a_name_of_its_own() -> None:
    counted = collections.Counter(form.name for form in _everything())
    assert [name for name, count in counted.items() if count > 1] == []


def test_no_lie_hides_the_marker_in_plain_sight() -> None:
    """The battery means something: most of its forms show nothing to a reader of raw bytes."""
    everything = _everything()
    packed = [form for form in everything if MARKER not in form.data]
    assert len(packed) > len(everything) * 0.8

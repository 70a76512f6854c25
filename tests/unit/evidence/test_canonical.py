"""One spelling of JSON: the same value is the same bytes, and any other spelling is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.canonical import canonical, parse_canonical
from scanner.errors import VaultError

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(codec=None))
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert parse_canonical(canonical(value), "x") == value


def test_the_order_of_keys_does_not_matter() -> None:
    assert canonical({"b": 1, "a": "é\ud800"}) == canonical({"a": "é\ud800", "b": 1}) == b'{"a":"\\u00e9\\ud800","b":1}'


@pytest.mark.parametrize(
    "text", [b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'"\xc3\xa9"', b"1.0e0", b"NaN", b'"\\u00E9"']
)
def test_any_other_spelling_is_refused(text: bytes) -> None:
    with pytest.raises(VaultError, match="not in canonical form"):
        parse_canonical(text, "manifest")


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 200_000])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(VaultError, match="is no JSON"):
        parse_canonical(text, "manifest")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_never_written(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(number)
    assert json.dumps(number)

"""What findings show of hostile text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detection.engine import reporting
from scanner.detection.engine.reporting import printable_text


def plainly(text: str, chars: int) -> str:
    """Character by character."""
    shown = []
    for char in text[: 4 * chars]:
        if char.isprintable() and char != "\ufffd":
            shown.append(char)
        else:
            shown.append(" " if char in "\r\n\t" else "·")
    return " ".join("".join(shown).split())[:chars]


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(1, 20))
def test_text_is_shown_as_character_by_character(text: str, chars: int) -> None:
    assert printable_text(text, chars) == plainly(text, chars)


def test_how_characters_are_shown_is_kept_of_so_many_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_KEPT", 5)
    monkeypatch.setattr(reporting, "_SHOWN", reporting._Shown({10: " "}))
    text = "的人\u200b赌博场\n站网\ufffd好"
    assert printable_text(text, 40) == plainly(text, 40)
    assert len(reporting._SHOWN) == 5

"""Documents that keep whole files as values: property lists (Safari's web archives), OneNote's notebooks."""

import plistlib
from typing import Any

from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import damaged
from scanner.domain.coverage import Reason

FEWEST = 24  # bytes of a value; fewer hold nothing that the raw view does not show
_ONE_FILE = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
_ONE_HEAD = 36  # bytes of a file's head: its mark, its length, what nobody uses


def read_property_list(opening: Opening) -> None:
    """Every value of bytes, and all texts as one."""
    try:
        whole = plistlib.loads(opening.data)
    except (ValueError, RecursionError, OverflowError, KeyError, IndexError, TypeError, MemoryError) as error:
        raise damaged(f"property list: {type(error).__name__}") from error
    texts: list[str] = []
    seen: set[int] = set()
    left: list[Any] = [whole]
    while left:
        value = left.pop()
        if isinstance(value, bytes) and len(value) >= FEWEST:
            opening.budget.charge(len(value))
            opening.member(f"(value {len(seen)})", value, "property-list")
        elif isinstance(value, str):
            texts.append(value)
        elif isinstance(value, list | dict) and id(value) not in seen:  # a list may hold itself
            seen.add(id(value))
            left += [*value, *value.values()] if isinstance(value, dict) else value
    opening.text("(strings)", "\n".join(texts), "property-list")


def read_one_note(opening: Opening) -> None:
    """The files that somebody put into a notebook."""
    data, number = opening.data, 0
    at = data.find(_ONE_FILE)
    while at >= 0:
        number += 1
        start = at + _ONE_HEAD
        length = int.from_bytes(data[at + 16 : at + 24], "little")
        opening.member(f"(file {number})", data[start : start + length], "onenote", offset=start)
        if start + length > len(data):
            opening.gap(Reason.DAMAGED, "notebook ends inside a file", f"(file {number})")
        at = data.find(_ONE_FILE, at + 16)

"""libmagic's word for some bytes: shown beside a finding, and asked where our own look was not sure.

libmagic is a parser of hostile bytes in a large C library: it sees only a head, and only of few contents.
"""

from functools import cache
from typing import Any

HEAD = 2_048
LONGEST = 120


def description(data: bytes) -> str:
    """What libmagic calls it; "" where it is not installed or refuses."""
    return _told(data, mime=False)


def media_type(data: bytes) -> str:
    """libmagic's media type; "" where it is not installed or refuses."""
    return _told(data, mime=True)


def _told(data: bytes, *, mime: bool) -> str:
    teller = _teller(mime=mime)
    if teller is None or not data:
        return ""
    magic, reader = teller
    try:
        word: str = reader.from_buffer(data[:HEAD])
    except magic.MagicException:
        return ""
    return "".join(char if char.isprintable() else "·" for char in word)[:LONGEST]


@cache
def _teller(*, mime: bool) -> tuple[Any, Any] | None:
    """python-magic and a reader of its own, loaded when first asked."""
    try:
        import magic
    except ImportError:  # libmagic is not on this machine: our own sniff has the only word
        return None
    return magic, magic.Magic(mime=mime)

"""What the caged parser says, checked: a broken-into parser may send anything."""

from typing import Any

from scanner.detection.unpack.views import View
from scanner.domain.coverage import Gap, Reason
from scanner.domain.findings import Layer

FAMILIES = frozenset(
    {"text", "page", "script", "document", "archive", "native", "image", "font", "audio", "video", "unknown"}
)
MOST_WORD = 64 * 1024


class AnswerError(Exception):
    """An answer that no honest child gives."""


def strings(words: Any) -> tuple[str, ...]:
    """A list of strings; AnswerError if it is none."""
    if not isinstance(words, list) or not all(isinstance(word, str) and len(word) <= MOST_WORD for word in words):
        raise AnswerError("no list of words")
    return tuple(words)


def gap_from(words: Any) -> Gap:
    """A gap; AnswerError if it is none."""
    reason, path, detail = strings(words)
    return Gap(Reason(reason), path, detail[:1000])


def view_from(words: Any, raw: bytes, root: bytes) -> View:
    """A view; a length instead of bytes means a slice of the content itself."""
    if not isinstance(words, list) or len(words) != 8:
        raise AnswerError("no view")
    path, family, lanes, reader, layer, charset, offset, length = words
    strings([path, family, reader, layer, charset])
    if family not in FAMILIES or not FAMILIES.issuperset(strings(lanes)):
        raise AnswerError("unknown family")
    if offset is not None and (not isinstance(offset, int) or offset < 0):
        raise AnswerError("offset")
    if length >= 0:
        if offset is None or offset + length > len(root):
            raise AnswerError("slice outside the content")
        raw = root if length == len(root) else root[offset : offset + length]
    return View(path, raw, family, frozenset(lanes), reader, Layer(layer), charset, offset)

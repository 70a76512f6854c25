"""Where the comments, scripts and styles of a page stand: stretches in which nothing is a tag."""

import re
from collections.abc import Iterable

RawSpan = tuple[int, int]

_RAW = re.compile(
    r"<(?:(!--)|[sS][cC][rR][iI][pP][tT](?=[\s/>])|([sS][tT][yY][lL][eE])(?=[\s/>]))"  # a comment, a script, a style
)
_COMMENT_END = re.compile(r"-?>|.*?(?:--!?>|\Z)", re.S)
# Letters of any case, and what Unicode holds for the same: written out, which is ten times as fast as a flag.
_SCRIPT_END = re.compile(r"</[sSſ][cC][rR][iIİı][pP][tT](?=[\s/>])[^>]{0,4096}>")
_STYLE_END = re.compile(r"</[sSſ][tT][yY][lL][eE](?=[\s/>])[^>]{0,4096}>")


def raw_spans(text: str) -> list[RawSpan]:
    """All of them, by place; one that never ends reaches to the end of the text."""
    spans: list[RawSpan] = []
    found = _RAW.search(text)
    while found:
        spans.append((found.start(), _end(text, found)))
        found = _RAW.search(text, spans[-1][1])
    return spans


def raw_spans_among(text: str, places: Iterable[int]) -> list[RawSpan]:
    """The same, where all places at which one could begin are known, in order."""
    spans: list[RawSpan] = []
    last = 0
    for place in places:
        found = _RAW.match(text, place) if place >= last else None
        if found:
            last = _end(text, found)
            spans.append((place, last))
    return spans


def _end(text: str, found: re.Match[str]) -> int:
    if found[1]:
        closing = _COMMENT_END.match(text, found.end())
    else:
        closing = (_STYLE_END if found[2] else _SCRIPT_END).search(text, found.end())
    return closing.end() if closing else len(text)

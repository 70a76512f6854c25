"""Scripts in the clear, beside the bytes as they came: what hides its names or its code is seen undone, too."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum

from scanner.detection.marks import Marks, marks_of
from scanner.detection.scripts import encoded
from scanner.detection.scripts.asp import plain_asp
from scanner.detection.scripts.calling import VARIABLE_CALL, may_name_a_call
from scanner.detection.scripts.coded import transcoded
from scanner.detection.scripts.php import MOST_TOKENS, plain_php
from scanner.detection.scripts.reader import READER
from scanner.detection.scripts.tokens import tokens
from scanner.detection.tells import CALLBACK_WORDS, CALLED, JOINTS, REQUEST, RUN_WORDS, TELLS
from scanner.detection.unpack.views import View, join
from scanner.domain.findings import Layer
from scanner.text.linear import linear

MOST = 8 * 1024 * 1024  # bytes of a script that are put together; its own view is whole
SMALL = 8 * 1024  # bytes of a script in which a callback or an upload and a value of the request are likely to meet
BLANKS = 4 * 1024  # bytes of white space before a script with which it only looks long
TINY = 2 * 1024  # bytes of a script that is put together wherever it runs something
_MARKUP = b"<?xml"
_NAMED = linear(rb"language[ \t\r\n\f\v]{0,4}=[ \t\r\n\f\v]{0,4}[\"']?php")
# All of these are asked of lower-case bytes.
_RUN = re.compile(rb"(?<![\w>$])[a-z_]{4,15}(?:\s|/\*.{0,80}?\*/){0,4}\(")
_NO_CALL = re.compile(rb"(?:->|::|\bnew[ \t]{1,4}|\\)\Z")
_SHORT_JOINT = re.compile(rb"[\"'][a-z_]{1,4}[\"'][ ]?\.[ ]?[\"'][a-z_]{1,4}[\"']")
_EXPRESSION_CALL = re.compile(rb"[\"'\]][ ]?\)[ ]?\(")
# Quick looks: each matches wherever the exact look behind it could, in one pass.
_MAY_RUN = linear(b"(?:%s)[a-z_]{0,11}[ \\t\\r\\n\\f\\v]{0,4}(?:\\(|/\\*)" % b"|".join(map(re.escape, RUN_WORDS)))
_MAY_JOIN = linear(_SHORT_JOINT.pattern + b"|" + _EXPRESSION_CALL.pattern)
_MAY_CALL = linear(VARIABLE_CALL.pattern)


def plain_views(view: View) -> Iterator[View]:
    """Further views of a script: decoded if it is encoded, put together if it is in pieces."""
    if view.layer is not Layer.RAW:
        return
    for one in transcoded(view):
        yield one
        yield from plain_views(one)
    if view.lanes.isdisjoint(("script", "page")):
        return
    data = view.data[:MOST]
    if data[:BLANKS].isspace() and (bare := view.data.lstrip()[:MOST]):  # rules for small scripts see a small one
        data = bare
        yield _view(view, "(plain script)", data, READER)
    marks = marks_of(data)
    if marks.has(encoded.BEGIN):
        yield _view(view, "(decoded script)", encoded.decoded(data), "script-encoder")
    if b"\0" in data and (begin := marks.low.find(b"<?php")) > 0:  # a script behind a picture: the picture is no PHP
        data = data[begin:]
        marks = marks_of(data)
    if _is_php(marks) and (plain := _plain(marks)):
        yield _view(view, "(plain script)", plain, READER)
    if (marks.has(b"<%") or marks.has(b"runat")) and (page := plain_asp(data)) is not None:
        yield _view(view, "(plain script)", page, READER)


def _is_php(marks: Marks) -> bool:
    """Whether PHP begins anywhere: in its brackets, which are not those of XML, or under its name."""
    if marks.has(b"<?"):
        at = marks.low.find(b"<?")
        while at >= 0 and marks.low.startswith(_MARKUP, at):
            at = marks.low.find(b"<?", at + 2)
        if at >= 0:
            return True
    return marks.has(b"language") and _NAMED.search(marks.low) is not None


def _plain(marks: Marks) -> bytes:
    """The PHP put together; empty where nothing speaks for that, or a call does that names nothing."""
    tell = _tell(marks)
    if not tell:
        return b""
    source = marks.data.decode("latin-1")
    if tell is Tell.CALLS and not may_name_a_call(list(tokens(source, MOST_TOKENS))):
        return b""
    return plain_php(source).encode("latin-1", "replace")


class Tell(Enum):
    """What speaks for putting a script together: code in values, or what a bracket or a variable names is called."""

    CODE = "code"
    CALLS = "calls"


def _tell(marks: Marks) -> Tell | None:
    """Whether a script runs what stands in a value, or calls what a value names."""
    low, size = marks.low, len(marks.data)
    runs = marks.some(RUN_WORDS)
    if runs and _MAY_RUN.search(low) is not None and _beside(low, runs, _RUN, 0, 360):
        return Tell.CODE if size < TINY or marks.any(TELLS) else None
    if size < SMALL and marks.any(REQUEST) and marks.any(CALLBACK_WORDS):
        return Tell.CODE
    joints, called = marks.some(JOINTS), marks.some(CALLED)
    if (joints or called) and _MAY_JOIN.search(low) is not None:
        if _beside(low, joints, _SHORT_JOINT, 5, 10):
            return Tell.CODE
        if _beside(low, called, _EXPRESSION_CALL, 2, 2):
            return Tell.CALLS
    return Tell.CALLS if marks.any(TELLS) and _calls_variable(low) else None


def _beside(low: bytes, words: Iterable[bytes], pattern: re.Pattern[bytes], before: int, behind: int) -> bool:
    """Whether the pattern matches where one of the words stands, from at most `before` bytes in front of it on."""
    for word in words:
        at = low.find(word)
        while at >= 0:
            start, end = max(0, at - before), at + behind
            if (pattern.search(low, start, end) if before else pattern.match(low, start, end)) is not None:
                return True
            at = low.find(word, at + 1)
    return False


def _calls_variable(low: bytes) -> bool:
    found = _MAY_CALL.finditer(low)  # the same expression in another engine: it finds what `VARIABLE_CALL` does
    return any(_NO_CALL.search(low, max(0, match.start() - 6), match.start()) is None for match in found)


def _view(view: View, name: str, data: bytes, reader: str) -> View:
    lanes = view.lanes | {"script"}
    return View(join(view.path, name), data, "script", lanes, reader, charset=view.charset, offset=None)

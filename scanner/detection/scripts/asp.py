"""Classic ASP with strings put together: joints, Chr(), StrReverse() and Replace() of constants worked out."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from scanner.detection.marks import marks_of
from scanner.detection.tells import ASP_READS, ASP_RUNS, ASP_TELLS, ASP_WRITES
from scanner.text.linear import linear

_CHAR = re.compile(rb"\bchrw?[ \t]{0,4}\([ \t]{0,4}(&h[0-9a-f]{1,4}|\d{1,5})[ \t]{0,4}\)", re.I)
_JOINT = re.compile(rb"(?<!\")\"[ \t]{0,8}[&+][ \t]{0,8}(?:_[ \t]{0,8}\r?\n[ \t]{0,16})?\"(?!\")")
_REVERSED = re.compile(rb"\bstrreverse[ \t]{0,4}\([ \t]{0,4}\"((?:[^\"\r\n]|\"\")*)\"[ \t]{0,4}\)", re.I)
_ASSIGNED = re.compile(
    rb"\b([a-z]\w{0,30})[ \t]{0,4}=[ \t]{0,4}\"((?:[^\"\r\n]|\"\")*)\"(?=[ \t]*(?:[\r\n:%']|$))", re.I
)
_REPLACED = re.compile(
    rb"\breplace[ \t]{0,4}\([ \t]{0,4}(?:\"((?:[^\"\r\n]|\"\")*)\"|([a-z]\w{0,30}))[ \t]{0,4},[ \t]{0,4}"
    rb"\"((?:[^\"\r\n]|\"\")*)\"[ \t]{0,4},[ \t]{0,4}\"((?:[^\"\r\n]|\"\")*)\"[ \t]{0,4}\)",
    re.I,
)
_READ = re.compile(
    rb"\b([a-z]\w{0,30})[ \t]{0,4}=[ \t]{0,4}(?:trim[ \t]{0,4}\([ \t]{0,4})?"
    rb"(request(?:\.(?:form|querystring|cookies))?[ \t]{0,4}\([ \t]{0,4}\"[^\"\r\n]{1,30}\"[ \t]{0,4}\))",
    re.I,
)
_USE = re.compile(
    rb"(\.(?:createtextfile|opentextfile|savetofile|write|writeline|writetext|loadfromfile|exec|run|shellexecute|"
    rb"addcode|copyfile|movefile|deletefile)|(?<![.\w])(?:execute|executeglobal|eval))"
    rb"([ \t(\"&]{1,8})([a-z]\w{0,30})\b(?![ \t]{0,4}[(.])",
    re.I,
)
_RUN_NAME = re.compile(rb"(?<![.\w])(execute|executeglobal|eval)([ \t(]{1,4})([a-z]\w{0,30})\b(?![ \t]{0,4}[(.])", re.I)
# Leads: each matches wherever the exact expression behind it does.
_LEAD_CHAR = linear(rb"(?i)chrw?[ \t]{0,4}\(")
_LEAD_JOINT = linear(rb"\"[ \t]{0,8}[&+]")
_LEAD_REVERSED = linear(rb"(?i)strreverse[ \t]{0,4}\(")
_LEAD_REPLACED = linear(rb"(?i)replace[ \t]{0,4}\(")
_LEAD_ASSIGNED = linear(rb"(?i)\b[a-z][0-9a-z_]{0,30}[ \t]{0,4}=[ \t]{0,4}\"")
_LEAD_READ = linear(rb"(?i)\b[a-z][0-9a-z_]{0,30}[ \t]{0,4}=[ \t]{0,4}(?:trim[ \t]{0,4}\([ \t]{0,4})?request")
_LEAD_USE = linear(
    rb"(?i)\.(?:createtextfile|opentextfile|savetofile|write|loadfromfile|exec|run|shellexecute|addcode|copyfile|"
    rb"movefile|deletefile)|execute|eval"
)
_LEAD_RUN = linear(rb"(?i)execute|eval")
ROUNDS = 3
FEW_LEADS = 500
SPARSE = 64  # bytes between two leads below which looking for the next one costs more than it spares


def plain_asp(data: bytes) -> bytes | None:
    """The page with its constant strings put together; None where there is nothing to put together."""
    marks = marks_of(data)
    pieces = marks.any(ASP_RUNS) and marks.any(ASP_TELLS)
    if not pieces and not (marks.any(ASP_READS) and (marks.any(ASP_WRITES) or marks.any(ASP_RUNS[:2]))):
        return None
    plain = data
    for _ in range(ROUNDS if marks.any(ASP_TELLS) or _LEAD_JOINT.search(data) is not None else 0):
        before = plain
        plain = put(_LEAD_CHAR, _CHAR, _char, plain)
        plain = put(_LEAD_REVERSED, _REVERSED, lambda match: b'"' + match.group(1)[::-1] + b'"', plain)
        plain = put(_LEAD_JOINT, _JOINT, lambda match: b"", plain)
        plain = _replaced(plain)
        if plain == before:
            break
    plain = _run(plain)
    return plain if plain != data else None


def found(lead: Any, exact: re.Pattern[bytes], data: bytes) -> Iterator[re.Match[bytes]]:
    """What `exact.finditer` finds, asked only where a lead begins; where leads are dense, of all that follows."""
    place = asked = 0
    while (hit := lead.search(data, place)) is not None:
        asked += 1
        if asked > FEW_LEADS and asked * SPARSE > hit.start():
            yield from exact.finditer(data, hit.start())
            return
        match = exact.match(data, hit.start())
        place = match.end() if match is not None else hit.start() + 1
        if match is not None:
            yield match


def put(lead: Any, exact: re.Pattern[bytes], made: Callable[[re.Match[bytes]], bytes], data: bytes) -> bytes:
    """What `exact.sub` makes, asked only where a lead begins."""
    parts, place = list[bytes](), 0
    for match in found(lead, exact, data):
        parts += (data[place : match.start()], made(match))
        place = match.end()
    return b"".join((*parts, data[place:])) if parts else data


def _char(match: re.Match[bytes]) -> bytes:
    digits = match.group(1)
    code = int(digits[2:], 16) if digits[:2].lower() == b"&h" else int(digits)
    return b'"' + (b'""' if code == 34 else bytes([code]) if 32 <= code < 256 else b" ") + b'"'


def _replaced(data: bytes) -> bytes:
    known = cache(lambda: dict(_assigned(data)))  # dear, and mostly nobody asks

    def made(match: re.Match[bytes]) -> bytes:
        literal, name, old, new = match.groups()
        text = literal if literal is not None else known().get((name or b"").lower())
        if text is None or not old:
            return match.group()
        return b'"' + text.replace(old, new) + b'"'

    return put(_LEAD_REPLACED, _REPLACED, made, data)


def _assigned(data: bytes) -> list[tuple[bytes, bytes]]:
    return [(match.group(1).lower(), match.group(2)) for match in found(_LEAD_ASSIGNED, _ASSIGNED, data)]


def _run(data: bytes) -> bytes:
    """What runs or writes a variable shows the constant, or the value of the request, that it was given last."""
    known = cache(lambda: dict(_assigned(data)))
    read = cache(lambda: {match.group(1).lower(): match.group(2) for match in found(_LEAD_READ, _READ, data)})

    def shown(match: re.Match[bytes]) -> bytes:
        text = known().get(match.group(3).lower())
        return match.group() if text is None else match.group(1) + b"(" + text.replace(b'""', b'"') + b")"

    def used(match: re.Match[bytes]) -> bytes:
        source = read().get(match.group(3).lower())
        return match.group() if source is None else match.group(1) + match.group(2) + source

    return put(_LEAD_RUN, _RUN_NAME, shown, put(_LEAD_USE, _USE, used, data))

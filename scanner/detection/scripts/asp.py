"""Classic ASP with strings put together: joints, Chr(), StrReverse() and Replace() of constants worked out."""

import re
from functools import cache

from scanner.text.linear import linear

_TELLS = (b'"&"', b'" & "', b'"+"', b'" + "', b"chr", b"strreverse", b"replace")
_RUNS = (b"execute", b"eval", b"createobject", b"addcode", b"getobject")
_WRITES = (b"createtextfile", b"opentextfile", b"savetofile", b".exec", b".run", b"shellexecute")
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
# Quick looks: each matches wherever the exact expression could.
_MAY_JOIN = linear(rb"\"[ \t]{0,8}[&+]")
_MAY_USE = linear(
    rb"(?i)(?:\.(?:createtextfile|opentextfile|savetofile|write|loadfromfile|exec|run|shellexecute|addcode|copyfile|"
    rb"movefile|deletefile)[a-z]{0,4}|execute|executeglobal|eval)[ \t(\"&]{1,8}[a-z]"
)
ROUNDS = 3


def plain_asp(data: bytes) -> bytes | None:
    """The page with its constant strings put together; None where there is nothing to put together."""
    low = data.lower()
    pieces = any(word in low for word in _RUNS) and any(word in low for word in _TELLS)
    if not pieces and not (b"request" in low and any(word in low for word in _WRITES + _RUNS[:2])):
        return None
    plain = data
    for _ in range(ROUNDS):
        before = plain
        low = plain.lower()
        if b"chr" in low:
            plain = _CHAR.sub(_char, plain)
        if b"strreverse" in low:
            plain = _REVERSED.sub(lambda match: b'"' + match.group(1)[::-1] + b'"', plain)
        if _MAY_JOIN.search(plain) is not None:
            plain = _JOINT.sub(b"", plain)
        if b"replace" in low or b"replace" in plain.lower():
            plain = _replaced(plain)
        if plain == before:
            break
    plain = _run(plain)
    return plain if plain != data else None


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

    return _REPLACED.sub(made, data)


def _assigned(data: bytes) -> list[tuple[bytes, bytes]]:
    return [(match.group(1).lower(), match.group(2)) for match in _ASSIGNED.finditer(data)]


def _run(data: bytes) -> bytes:
    """What runs or writes a variable shows the constant, or the value of the request, that it was given last."""
    if _MAY_USE.search(data) is None:
        return data
    known = cache(lambda: dict(_assigned(data)))
    read = cache(lambda: {match.group(1).lower(): match.group(2) for match in _READ.finditer(data)})

    def shown(match: re.Match[bytes]) -> bytes:
        text = known().get(match.group(3).lower())
        return match.group() if text is None else match.group(1) + b"(" + text.replace(b'""', b'"') + b")"

    def used(match: re.Match[bytes]) -> bytes:
        source = read().get(match.group(3).lower())
        return match.group() if source is None else match.group(1) + match.group(2) + source

    return _RUN_NAME.sub(shown, _USE.sub(used, data))

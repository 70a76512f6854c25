"""What PHP functions without effects give for constant arguments: the ones that hide names and code."""

import base64
import binascii
import bz2
import codecs
import hashlib
import re
import zlib
from collections.abc import Callable, Sequence
from urllib.parse import unquote_to_bytes

Value = str | int | dict["str | int", "Value"]  # text holds one character a byte
MOST = 256 * 1024  # characters of one value; longer ones are not followed, and never made
MANY = 16 * 1024  # elements of one array
WORD = 63  # bits of a whole number
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SLOT = re.compile(r"%(?:(\d{1,2})\$)?([%scdxX])")
Call = Callable[[Sequence[Value]], Value | None]


def called(name: str, arguments: Sequence[Value]) -> Value | None:
    """The value of a call, None where the function is not known here or its arguments do not fit."""
    known = _CALLS.get(name.lstrip("\\").lower())
    if known is None:
        return None
    try:
        found = known(arguments)
    except (ValueError, LookupError, TypeError, OverflowError, StopIteration, OSError, EOFError, zlib.error):
        return None  # arguments of another kind than the function takes: the call stays as it is written
    if isinstance(found, int):
        return found if found.bit_length() <= WORD else None
    return None if found is not None and len(found) > (MANY if isinstance(found, dict) else MOST) else found


def is_pure(name: str) -> bool:
    """Whether a call of that name may have a value here: of a function that is known, or of an array's own word."""
    low = name.lstrip("\\").lower()
    return low in _CALLS or low == "array"


def text_of(value: Value) -> str:
    """As PHP writes it in a string."""
    if isinstance(value, dict):
        return "Array"
    return value if isinstance(value, str) else str(value)


def weight_of(value: Value) -> int:
    """About what a value costs, in characters; arrays inside an array count as their places."""
    if isinstance(value, dict):
        return sum(64 + (len(each) if isinstance(each, str) else 0) for each in value.values())
    return len(value) if isinstance(value, str) else 8


def number_of(value: Value) -> int:
    """As PHP counts with it; ValueError for what is no number."""
    return value if isinstance(value, int) else int(text_of(value).strip() or "0", 10)


def items_of(value: Value) -> dict[str | int, Value]:
    """An array; TypeError for anything else."""
    if isinstance(value, dict):
        return value
    raise TypeError("no array")


def array_of(values: Sequence[Value]) -> dict[str | int, Value]:
    """Values under 0, 1, 2 …"""
    return dict(enumerate(values))


def _bytes(value: Value) -> bytes:
    return text_of(value).encode("latin-1")


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")


def _base64(arguments: Sequence[Value]) -> str:
    body = b"".join(_bytes(arguments[0]).split()).rstrip(b"=")
    return _text(base64.b64decode(body + b"=" * (-len(body) % 4)))


def _inflate(window: int) -> Call:
    def inflated(arguments: Sequence[Value]) -> str:
        return _text(zlib.decompressobj(window).decompress(_bytes(arguments[0]), MOST))

    return inflated


def _pack(arguments: Sequence[Value]) -> str:
    form = text_of(arguments[0])
    if form[:1] in "Hh":
        digits = text_of(arguments[1])
        return _text(bytes.fromhex(digits if form[0] == "H" else "".join(pair[::-1] for pair in _pairs(digits))))
    if form[:1] in "Cc":
        return "".join(chr(number_of(each) % 256) for each in arguments[1:])
    raise ValueError(form)


def _pairs(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(0, len(text), 2)]


def _replace(arguments: Sequence[Value]) -> Value:
    what, by, subject = arguments[:3]
    whats = list(what.values()) if isinstance(what, dict) else [what]
    bys = list(by.values()) if isinstance(by, dict) else [by] * len(whats)
    text = text_of(subject)
    for place, each in enumerate(whats):
        text = _replaced(text, text_of(each), text_of(bys[place]) if place < len(bys) else "")
    return text


def _replaced(text: str, what: str, by: str) -> str:
    """As PHP replaces; ValueError before more is made than is followed, for it grows as the product of both."""
    if not what:
        return text
    if len(by) > len(what) and len(text) + text.count(what) * (len(by) - len(what)) > MOST:
        raise ValueError("too long")
    return text.replace(what, by)


def _translate(arguments: Sequence[Value]) -> str:
    text = text_of(arguments[0])
    if len(arguments) == 2:
        for key, value in items_of(arguments[1]).items():
            text = _replaced(text, str(key), text_of(value))
        return text
    letters = zip(text_of(arguments[1]), text_of(arguments[2]), strict=False)
    return text.translate({ord(old): new for old, new in letters})


def _part(arguments: Sequence[Value]) -> str:
    text, start = text_of(arguments[0]), number_of(arguments[1])
    start = max(0, len(text) + start) if start < 0 else start
    if len(arguments) < 3:
        return text[start:]
    length = number_of(arguments[2])
    return text[start : len(text) + length] if length < 0 else text[start : start + length]


def _spliced(arguments: Sequence[Value]) -> str:
    text, by, start = text_of(arguments[0]), text_of(arguments[1]), number_of(arguments[2])
    start = max(0, len(text) + start) if start < 0 else min(start, len(text))
    length = number_of(arguments[3]) if len(arguments) > 3 else len(text)
    end = len(text) + length if length < 0 else start + length
    return text[:start] + by + text[max(start, end) :]


def _in_base(arguments: Sequence[Value]) -> str:
    number, base = int(text_of(arguments[0])[:64], number_of(arguments[1])), number_of(arguments[2])
    if not 2 <= base <= len(_DIGITS):
        raise ValueError(base)
    letters = ""
    while number > 0:
        number, digit = divmod(number, base)
        letters = _DIGITS[digit] + letters
    return letters or "0"


def _formatted(arguments: Sequence[Value]) -> str:
    """`sprintf` with plain slots; any other slot stays, and is no name then."""
    form, rest, turn = text_of(arguments[0]), arguments[1:], iter(range(len(arguments)))

    def shown(slot: re.Match[str]) -> str:
        if slot.group(2) == "%":
            return "%"
        value = rest[int(slot.group(1)) - 1 if slot.group(1) else next(turn)]
        if slot.group(2) == "s":
            return text_of(value)
        number = number_of(value)
        return chr(number % 256) if slot.group(2) == "c" else f"{number:{slot.group(2)}}"

    slots = len(_SLOT.findall(form))
    if len(form) + slots * max((len(text_of(each)) for each in rest), default=0) > MOST:
        raise ValueError("too long")
    return _SLOT.sub(shown, form)


def _mapped(arguments: Sequence[Value]) -> Value:
    """`array_map` of a function that is known here over one array."""
    known, made, size = _CALLS[text_of(arguments[0]).lstrip("\\").lower()], list[Value](), 0
    for each in items_of(arguments[1]).values():
        value = known([each])
        size += 0 if value is None else weight_of(value)
        if value is None or isinstance(value, dict) or size > MOST:
            raise ValueError("no text")
        made.append(value)
    return array_of(made)


def _join(arguments: Sequence[Value]) -> str:
    first, second = arguments[0], arguments[1] if len(arguments) > 1 else ""
    glue, pieces = (second, first) if isinstance(first, dict) else (first, second)
    texts = list(map(text_of, items_of(pieces).values()))
    if sum(map(len, texts)) + len(text_of(glue)) * len(texts) > MOST:
        raise ValueError("too long")
    return text_of(glue).join(texts)


def _split(arguments: Sequence[Value]) -> Value:
    size = number_of(arguments[1]) if len(arguments) > 1 else 1
    text = text_of(arguments[0])
    return array_of([text[place : place + size] for place in range(0, len(text), size)])


def _range(arguments: Sequence[Value]) -> Value:
    first, last = arguments[:2]
    if isinstance(first, str) and isinstance(last, str) and not first.isdigit():
        return array_of([chr(code) for code in range(ord(first[0]), ord(last[0]) + 1)])
    return array_of(list(range(number_of(first), min(number_of(last), number_of(first) + 1024) + 1)))


def _strip(way: str) -> Call:
    def stripped(arguments: Sequence[Value]) -> str:
        marks = text_of(arguments[1]) if len(arguments) > 1 else " \t\n\r\0\x0b"
        found: str = getattr(text_of(arguments[0]), way)(marks)
        return found

    return stripped


def _on_text(change: Callable[[str], Value]) -> Call:
    return lambda arguments: change(text_of(arguments[0]))


def _on_bytes(change: Callable[[bytes], bytes]) -> Call:
    return lambda arguments: _text(change(_bytes(arguments[0])))


def _repeated(arguments: Sequence[Value]) -> str:
    text, times = text_of(arguments[0]), number_of(arguments[1])
    return text * min(times, MOST // max(1, len(text)))


_CALLS: dict[str, Call] = {
    "chr": lambda arguments: chr(number_of(arguments[0]) % 256),
    "ord": _on_text(lambda text: ord(text[0])),
    "strrev": _on_text(lambda text: text[::-1]),
    "str_rot13": _on_text(lambda text: codecs.encode(text, "rot13")),
    "base64_decode": _base64,
    "hex2bin": _on_text(lambda text: _text(bytes.fromhex(text))),
    "pack": _pack,
    "gzinflate": _inflate(-15),
    "gzuncompress": _inflate(15),
    "gzdecode": _inflate(31),
    "bzdecompress": _on_bytes(lambda raw: bz2.BZ2Decompressor().decompress(raw, MOST)),
    "md5": _on_bytes(lambda raw: hashlib.md5(raw, usedforsecurity=False).hexdigest().encode()),
    "sha1": _on_bytes(lambda raw: hashlib.sha1(raw, usedforsecurity=False).hexdigest().encode()),
    "urldecode": _on_bytes(lambda raw: unquote_to_bytes(raw.replace(b"+", b" "))),
    "rawurldecode": _on_bytes(unquote_to_bytes),
    "convert_uudecode": _on_bytes(lambda raw: b"".join(map(binascii.a2b_uu, raw.splitlines()))),
    "strtolower": _on_text(str.lower),
    "strtoupper": _on_text(str.upper),
    "ucfirst": _on_text(lambda text: text[:1].upper() + text[1:]),
    "lcfirst": _on_text(lambda text: text[:1].lower() + text[1:]),
    "ucwords": _on_text(str.title),
    "stripslashes": _on_text(lambda text: text.replace("\\", "")),
    "strval": _on_text(str),
    "strlen": _on_text(len),
    "intval": lambda arguments: number_of(arguments[0]),
    "hexdec": _on_text(lambda text: int(text, 16)),
    "octdec": _on_text(lambda text: int(text, 8)),
    "bindec": _on_text(lambda text: int(text, 2)),
    "dechex": lambda arguments: f"{number_of(arguments[0]):x}",
    "trim": _strip("strip"),
    "ltrim": _strip("lstrip"),
    "rtrim": _strip("rstrip"),
    "chop": _strip("rstrip"),
    "str_replace": _replace,
    "str_ireplace": _replace,
    "strtr": _translate,
    "substr": _part,
    "mb_substr": _part,
    "substr_replace": _spliced,
    "base_convert": _in_base,
    "sprintf": _formatted,
    "vsprintf": lambda arguments: _formatted([arguments[0], *items_of(arguments[1]).values()]),
    "array_map": _mapped,
    "implode": _join,
    "join": _join,
    "explode": lambda arguments: array_of(list(text_of(arguments[1]).split(text_of(arguments[0])))),
    "str_split": _split,
    "str_repeat": _repeated,
    "range": _range,
    "count": lambda arguments: len(items_of(arguments[0])),
    "array": array_of,
    "array_keys": lambda arguments: array_of(list(items_of(arguments[0]))),
    "array_values": lambda arguments: array_of(list(items_of(arguments[0]).values())),
    "array_reverse": lambda arguments: array_of(list(items_of(arguments[0]).values())[::-1]),
    "array_flip": lambda arguments: {text_of(v): k for k, v in items_of(arguments[0]).items()},
    "array_pop": lambda arguments: list(items_of(arguments[0]).values())[-1],
    "array_shift": lambda arguments: next(iter(items_of(arguments[0]).values())),
    "key": lambda arguments: next(iter(items_of(arguments[0]))),
    "end": lambda arguments: list(items_of(arguments[0]).values())[-1],
    "reset": lambda arguments: next(iter(items_of(arguments[0]).values())),
    "current": lambda arguments: next(iter(items_of(arguments[0]).values())),
}

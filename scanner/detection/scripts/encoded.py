"""Script that Microsoft's script encoder wrote (`VBScript.Encode`, `JScript.Encode`), in the clear again.

The format is no cipher: each character stands for one of three, by its place; the tables are the format's own.
"""

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

BEGIN = b"#@~^"
_BLOCK = re.compile(rb"#@~\^.{6}==(.*?)(?:.{6}==\^#~@|\Z)", re.S)
_ESCAPE = re.compile(rb"@[&#*!$]")
_PLAIN = {b"@&": b"\n", b"@#": b"\r", b"@*": b">", b"@!": b"<", b"@$": b"@"}
_WIDE = re.compile(rb"[\x81-\xfe][\x40-\xfe]")
# What the tab and the codes 32 to 127 stand for, in each of the three alphabets.
_ALPHABETS = (
    bytes.fromhex(
        "572e477a56426a2f26494134325b7672433839704568714f09624423754a7e4a5e40774a615d224b6f4e3b4c50672a7d7454"
        "2b2d2c306e6b66352521644d52633f7b7829287359337f6d55537c3a5f65465831696c5a48275c3d24793760512036"
    ),
    bytes.fromhex(
        "6e2d755260715e495c627d2936207c7a7f6b63332b68516676316454434c3a4c7e4c452c2a7427374479592f6f26726a397b"
        "3f387767534734785d30235a5b6c485570692e4c21244e5009567335614b583b57226d4d2528464a32413d5f4f4265"
    ),
    bytes.fromhex(
        "7b323021295b38333d583a3565395c5673664e456b6259785e7d4a6d714160415340422748727531374d5222546a47642d20"
        "7f2e4c5d7e6c6f797443267625242b28234134092a443f773b55696163506751494f46687c36706e7a2f5f4b5a2c57"
    ),
)
_ORDER = (
    "0120121221210212021200122102122100212120200120210212001220012021"  # which alphabet at which place, over and over
)
_TABLES = np.tile(np.arange(256, dtype=np.uint8), (3, 1))
for _number, _letters in enumerate(_ALPHABETS):
    _TABLES[_number, 9] = _letters[0]
    _TABLES[_number, 32:128] = np.frombuffer(_letters[1:], np.uint8)
    _TABLES[_number, list(b"<>@")] = list(b"<>@")
_TURNS = np.array([int(digit) for digit in _ORDER], dtype=np.int64)


def decoded(data: bytes) -> bytes:
    """The page with every encoded block in the clear; blocks with hanzi in two bytes are read both ways."""
    return b"".join(_pieces(data))


def _pieces(data: bytes) -> Iterator[bytes]:
    place = 0
    for match in _BLOCK.finditer(data):
        yield data[place : match.start()]
        codes = _ESCAPE.sub(lambda escape: _PLAIN[escape.group()], match.group(1))
        narrow, wide = _clear(codes, wide=False), _clear(codes, wide=True)
        yield narrow if narrow == wide else narrow + b"\n" + wide
        place = match.end()
    yield data[place:]


def _clear(codes: bytes, *, wide: bool) -> bytes:
    """One block; with `wide`, two bytes that make a character together count as none of the alphabets'."""
    numbers = np.frombuffer(codes, np.uint8)
    own: NDArray[np.bool_] = numbers < 128
    if wide:
        for match in _WIDE.finditer(codes):
            own[match.start() : match.end()] = False
    turns = _TURNS[(np.cumsum(own) - 1) % len(_TURNS)]
    return bytes(np.where(own, _TABLES[turns, numbers], numbers).astype(np.uint8))

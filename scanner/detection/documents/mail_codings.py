"""Files written into text as news and mail once carried them: uuencode, yEnc, BinHex, and base64 in its variants."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.detection.documents.coded import base64_decoded, base64_readings
from scanner.detection.unpack.names import decoded
from scanner.detection.unpack.part import Opening
from scanner.domain.coverage import Reason

_GUESSED = re.compile(rb"\A[\s]*(?:[A-Za-z0-9+/]{40,}[ \t]*\r?\n)+[A-Za-z0-9+/=]*\s*\Z")
_UU = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]*)\r?\n((?:[ -`][^\r\n]*\r?\n)*)(`?\r?\n?end)?", re.M)
_B64 = re.compile(rb"^begin-base64 [0-7]{3,4} ([^\r\n]*)\r?\n([A-Za-z0-9+/=\s]*)", re.M)
_YENC = re.compile(rb"^=ybegin [^\r\n]*?name=([^\r\n]*)\r?\n(?:=ypart [^\r\n]*\r?\n)?(.*?)(?:^=yend|\Z)", re.M | re.S)
_HQX = re.compile(rb"BinHex 4[^\r\n]{0,200}[\r\n]\s*:([^:]+):?")
_HQX_LETTERS = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_AS_BASE64 = bytes.maketrans(_HQX_LETTERS, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_NO_HQX = bytes(set(range(256)) - set(_HQX_LETTERS))
_YENC_BACK = bytes((value - 42) & 255 for value in range(256))
_YENC_ESCAPE = re.compile(rb"=(.)", re.S)
_REPEATED = re.compile(rb"([^\x90])?\x90(.)", re.S)
MOST_REPEATED = 64 * 1024 * 1024
_FEWEST_LINES = 2


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    data: bytes
    reader: str
    unread: str = ""


def read_coded(opening: Opening) -> None:
    """A text file that holds files under one of these codings."""
    coded_files(opening, opening.data, "")


def coded_files(opening: Opening, body: bytes, name: str) -> None:
    """Hand on every file that is written into `body`; `name` is for what has none."""
    for file in (*_guessed(body, name), *_uuencoded(body), *_based(body), *_yencoded(body), *_binhexed(body)):
        if file.name:
            opening.name(file.name)
        opening.budget.charge(len(file.data))
        opening.member(file.name or f"({file.reader})", file.data, file.reader)
        if file.unread:
            opening.gap(Reason.DAMAGED, file.unread, file.name)


def _guessed(body: bytes, name: str) -> Iterator[_File]:
    if len(body) >= 64 and _GUESSED.match(body):
        for piece in base64_decoded(body):
            yield _File(f"{name}(base64)", piece, "mail-guess")


def _based(body: bytes) -> Iterator[_File]:
    for match in _B64.finditer(body) if b"begin-base64" in body else ():
        for piece in base64_readings(match.group(2)):
            yield _File(decoded(match.group(1)), piece, "base64")


def _uuencoded(body: bytes) -> Iterator[_File]:
    """What is not ended in its own word is believed for as long as its lines are whole."""
    for match in _UU.finditer(body) if b"begin " in body else ():
        lines = [_uu_line(line) for line in match.group(2).splitlines()]
        if match.group(3) is None:
            lines = lines[: lines.index(None)] if None in lines else lines
            if len(lines) < _FEWEST_LINES:
                continue
        out = b"".join(line for line in lines if line is not None)
        unread = lines.count(None)
        told = f"uuencode: {unread} of {len(lines)} lines cannot be decoded" if unread else ""
        yield _File(decoded(match.group(1)), out, "uuencode", told)


def _uu_line(line: bytes) -> bytes | None:
    """What a line stands for, None where it is no uuencoded line."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        length = ((line[0] - 32) & 63) * 4 // 3 + 5  # some writers pad lines with junk
        try:
            return binascii.a2b_uu(line[:length])
        except binascii.Error:
            return None


def _yencoded(body: bytes) -> Iterator[_File]:
    for match in _YENC.finditer(body) if b"=ybegin " in body else ():
        raw = match.group(2).translate(None, b"\r\n")
        raw = _YENC_ESCAPE.sub(lambda one: bytes([(one.group(1)[0] - 64) & 255]), raw)
        yield _File(decoded(match.group(1).strip()), raw.translate(_YENC_BACK), "yenc")


def _binhexed(body: bytes) -> Iterator[_File]:
    """Both forks of a Macintosh file: one behind the other, their head in front."""
    for match in _HQX.finditer(body) if b"BinHex 4" in body else ():
        letters = match.group(1).translate(_AS_BASE64, _NO_HQX)
        letters = letters[: len(letters) // 4 * 4] + letters[len(letters) // 4 * 4 :].ljust(4, b"A")
        packed = binascii.a2b_base64(letters)
        if sum(one.group(2)[0] for one in _REPEATED.finditer(packed)) > MOST_REPEATED:
            yield _File("", packed, "binhex", f"BinHex: more than {MOST_REPEATED} repeated bytes")
        elif raw := _REPEATED.sub(_repeat, packed):
            yield _File(decoded(raw[1 : 1 + raw[0]]), raw[22 + raw[0] :], "binhex")


def _repeat(match: re.Match[bytes]) -> bytes:
    """0x90 and a count repeat the byte in front; a count of 0 stands for 0x90 itself."""
    byte, count = match.group(1) or b"", match.group(2)[0]
    return byte + b"\x90" if not count else byte * count

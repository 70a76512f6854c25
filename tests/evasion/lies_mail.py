# ruff: noqa: E501 - byte recipes stand on one line each, as in the formats they lie about
"""Mail that clients read although it breaks a rule, and the older codings that they still undo."""

import base64
import quopri
import struct
import zlib

from tests.evasion import packers
from tests.evasion.lies import _uuencoded
from tests.evasion.marker import PAYLOAD, Form

HEAD = b"From: a@example.org\r\nSubject: lie\r\nMIME-Version: 1.0\r\n"
CODED = base64.b64encode(PAYLOAD)
PART = b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(
    PAYLOAD
)
MIXED = b"Content-Type: multipart/mixed; boundary="
INNER = HEAD + MIXED + b"q\r\n\r\n--q\r\n" + PART + b"\r\n--q--\r\n"
PAGE = b'<html><body><a href="data:text/html;base64,' + CODED + b'">x</a></body></html>'
BASE64 = b"Content-Transfer-Encoding: base64\r\n\r\n"


def _short(data: bytes) -> bytes:
    coded = base64.b64encode(data)
    return b"\r\n".join(coded[at : at + 20] for at in range(0, len(coded), 20)) + b"\r\n"


def _yenc(data: bytes) -> bytes:
    out = bytearray()
    for byte in data:
        value = (byte + 42) & 255
        out += bytes([0x3D, (value + 64) & 255]) if value in (0, 10, 13, 0x3D) else bytes([value])
    lines = b"\r\n".join(bytes(out[at : at + 128]) for at in range(0, len(out), 128))
    return b"=ybegin line=128 size=%d name=a.php\r\n" % len(data) + lines + b"\r\n=yend size=%d\r\n" % len(data)


def _binhex(data: bytes) -> bytes:
    letters = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = b"\x05a.php\0TEXTtext" + struct.pack(">HII", 0, len(data), 0) + b"\0\0" + data + b"\0\0\0\0"
    coded = base64.b64encode(body.ljust(-(-len(body) // 3) * 3, b"\0")).translate(bytes.maketrans(plain, letters))
    coded = b":" + coded + b":"
    lines = b"\r\n".join(coded[at : at + 64] for at in range(0, len(coded), 64))
    return b"(This file must be converted with BinHex 4.0)\r\n\r\n" + lines + b"\r\n"


def tnef(data: bytes) -> bytes:
    def attribute(level: int, word: int, body: bytes) -> bytes:
        return bytes([level]) + struct.pack("<II", word, len(body)) + body + struct.pack("<H", sum(body) & 0xFFFF)

    return (
        b"\x78\x9f\x3e\x22\x01\0"
        + attribute(1, 0x00089006, b"\0\0\1\0")
        + attribute(2, 0x00069002, b"\1\0" + bytes(12))
        + attribute(2, 0x00018010, b"a.html\0")
        + attribute(2, 0x0006800F, data)
    )


def _der(tag: int, *pieces: bytes) -> bytes:
    body = b"".join(pieces)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + struct.pack(">H", len(body))
    return bytes([tag]) + size + body


def cms(content: bytes, *, packed: bool = False, in_pieces: bool = False) -> bytes:
    """A signature (without signers), or a compressed content."""
    kind = bytes.fromhex("060b2a864886f70d0109100109" if packed else "06092a864886f70d010702")
    content = zlib.compress(content) if packed else content
    octets = _der(4, content)
    if in_pieces:
        octets = b"\x24\x80" + b"".join(_der(4, content[at : at + 50]) for at in range(0, len(content), 50)) + b"\0\0"
    inner = _der(0x30, bytes.fromhex("06092a864886f70d010701"), _der(0xA0, octets))
    return _der(0x30, kind, _der(0xA0, _der(0x30, b"\x02\x01\x01", _der(0x31), inner, _der(0x31))))


def lies() -> dict[str, bytes]:
    """Messages whose bytes say what they are."""
    many = b"".join(b"X-H%d: %s\r\n" % (number, b"y" * 90) for number in range(4_000))
    signed = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n" + BASE64
    return {
        "message in base64": HEAD + b"Content-Type: message/rfc822\r\n" + BASE64 + _short(INNER),
        "message in quoted-printable": HEAD + b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + b"".join(b"=%02X" % byte + b"=\r\n" * (at % 20 == 0) for at, byte in enumerate(INNER)),
        "parts in base64": HEAD + MIXED + b"q\r\n" + BASE64 + _short(b"--q\r\n" + PART + b"\r\n--q--\r\n"),
        "yEnc": HEAD + b"\r\n" + _yenc(PAYLOAD),
        "BinHex": HEAD + b"Content-Type: application/mac-binhex40; name=a.hqx\r\n\r\n" + _binhex(PAYLOAD),
        "uuencoded in quoted-printable": HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quopri.encodestring(_uuencoded()),
        "uuencoded without an end": HEAD + b"\r\n" + _uuencoded().replace(b"`\nend\n", b""),
        "base64 as uuencode writes it": HEAD + b"\r\nbegin-base64 644 a.php\n" + _short(PAYLOAD) + b"====\n",
        "UTF-7": HEAD + b"Content-Type: text/html; charset=utf-7\r\n\r\n"
        + b"".join(b"+" + base64.b64encode(b"\0" + bytes([byte])).rstrip(b"=") + b"-" for byte in PAYLOAD),
        "other headers first": b"Sender: a@b\r\nThread-Topic: x\r\n" + MIXED + b"q\r\n\r\n--q\r\n" + PART,
        "headers of relays first": b"ARC-Seal: i=1\r\nAuthentication-Results: z\r\nX-A: b\r\nMIME-Version: 1.0\r\n" + MIXED + b"q\r\n\r\n--q\r\n" + PART,
        "count of bytes first": b"%d\n" % len(INNER) + INNER + b'<?xml version="1.0"?><plist></plist>',
        "boundary in percent signs": HEAD + b"Content-Type: multipart/mixed; boundary*=us-ascii''%71%72\r\n\r\n--qr\r\nX-A: b\r\n" + PART,
        "boundary with a backslash": HEAD + MIXED + b'"q\\r"\r\n\r\n--qr\r\nX-A: b\r\n' + PART,
        "boundary wrong, other header first": HEAD + MIXED + b"zz\r\n\r\n--qr\r\nX-A: b\r\n" + PART,
        "head of 400,000 bytes": HEAD + many + PART,
        "head of 400,000 bytes, parts": HEAD + many + MIXED + b"q\r\n\r\n--q\r\n" + PART,
        "head of 5,000,000 bytes": HEAD + many * 13 + PART,
        "header of 70,000 bytes": HEAD + b'Content-Type: multipart/mixed; x="' + b"y" * 70_000 + b'"; boundary=q\r\n\r\n--q\r\nX-A: b\r\n' + PART,
        "base64 with dashes": HEAD + BASE64 + b"-".join(bytes([byte]) for byte in CODED),
        "base64 with padding everywhere": HEAD + BASE64 + b"".join(CODED[at : at + 5] + b"=" for at in range(0, len(CODED), 5)),
        "signed": HEAD + signed + base64.encodebytes(cms(PART)),
        "signed, in pieces": HEAD + signed + base64.encodebytes(cms(PART, in_pieces=True)),
        "compressed": HEAD + signed + base64.encodebytes(cms(PART, packed=True)),
        "winmail.dat": HEAD + b"Content-Type: application/ms-tnef\r\n" + BASE64 + base64.encodebytes(tnef(PAGE)),
    }  # fmt: skip


def named() -> list[Form]:
    """Files whose name or declared type says what they are, or that stand alone."""
    saved = b"From: <Saved by Blink>\r\nSnapshot-Content-Location: http://x/\r\nSubject: x\r\nContent-Type: multipart/related; boundary=q\r\n\r\n--q\r\n"
    return [
        Form("mail", "mail: winmail.dat alone", tnef(packers.mail(PAYLOAD)), "winmail.dat"),
        Form("mail", "mail: BinHex alone", _binhex(PAYLOAD), "a.hqx"),
        Form("mail", "mail: uuencoded alone", b"words first\n" + _uuencoded(), "a.uu"),
        Form("mail", "mail: signed file", cms(PAGE), "a.html.p7m"),
        Form("mail", "mail: signed file in pieces", cms(PAGE, in_pieces=True), "a.html.p7m"),
        Form("mail", "mail: saved page", saved + PART, "x"),
    ]

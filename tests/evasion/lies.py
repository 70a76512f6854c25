# ruff: noqa: E501 - byte recipes stand on one line each, as in the formats they lie about
"""Lies that tar, gzip and its kin, mail, PDF and archives under a password can tell."""

import base64
import bz2
import gzip
import lzma
import struct
import zlib

import lz4.frame
import zstandard

from tests.evasion import packers
from tests.evasion.marker import PAYLOAD
from tests.evasion.zips import Member, write_zip

Z = gzip.compress(PAYLOAD)
PLAIN = b"nothing in here\n" * 30


def _block(
    name: bytes,
    size: int,
    kind: bytes = b"0",
    *,
    magic: bytes = b"ustar\x0000",
    link: bytes = b"",
    size_raw: bytes = b"",
) -> bytes:
    head = bytearray(512)
    head[0:100] = name[:100].ljust(100, b"\0")
    head[100:108] = b"0000644\0"
    head[124:136] = size_raw or b"%011o\0" % size
    head[136:148] = b"14000000000\0"
    head[156:157] = kind
    head[157:257] = link[:100].ljust(100, b"\0")
    head[257 : 257 + len(magic)] = magic
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def _padded(body: bytes) -> bytes:
    return body + b"\0" * (-len(body) % 512)


def _pax(**words: str) -> bytes:
    lines = b""
    for key, value in words.items():
        line = f" {key}={value}\n".encode()
        length = len(line) + 2
        lines += b"%d" % (length if length == len(b"%d" % length) + len(line) else length + 1) + line
    return _block(b"pax", len(lines), b"x") + _padded(lines)


def tars() -> dict[str, bytes]:
    """The payload is gzipped inside, so that nothing of it shows in the tar's own bytes."""
    member = _block(b"a.gz", len(Z)) + _padded(Z)
    plain = _block(b"readme.txt", len(PLAIN)) + _padded(PLAIN)
    end = b"\0" * 1024
    return {
        "after the end blocks": plain + end + member + end,
        "after the end blocks, far": plain + end + b"\0" * 10_240 + member + end,
        "raw after the end": plain + end + Z,
        "no end blocks": plain + member,
        "declared size zero": _block(b"a.gz", 0) + _padded(Z) + end,
        "declared size short": _block(b"a.gz", 10) + _padded(Z) + end,
        "declared size huge": _block(b"a.gz", 0o77777777) + _padded(Z) + end,
        "declared size swallows the next": _block(b"x.bin", 1_000_000) + member + end,
        "size in base 256": _block(b"a.gz", 0, size_raw=b"\x80" + len(Z).to_bytes(11, "big")) + _padded(Z) + end,
        "size negative": _block(b"a.gz", 0, size_raw=b"\xff" * 12) + _padded(Z) + end,
        "size with spaces": _block(b"a.gz", 0, size_raw=b"  %9o " % len(Z)) + _padded(Z) + end,
        "typed as folder": _block(b"a.gz", len(Z), b"5") + _padded(Z) + end,
        "typed as link": _block(b"a.gz", len(Z), b"2", link=b"/etc/passwd") + _padded(Z) + end,
        "typed as hard link": _block(b"a.gz", len(Z), b"1", link=b"x") + _padded(Z) + end,
        "typed as device": _block(b"a.gz", len(Z), b"3") + _padded(Z) + end,
        "typed as nothing known": _block(b"a.gz", len(Z), b"Q") + _padded(Z) + end,
        "typed as volume label": _block(b"a.gz", len(Z), b"V") + _padded(Z) + end,
        "inside a long name record": _block(b"././@LongLink", len(Z), b"L") + _padded(Z) + plain + end,
        "pax size zero": _pax(size="0") + member + end,
        "pax size one block": _pax(size="512") + member + end,
        "pax size huge": _pax(size="9" * 15) + member + end,
        "pax path differs": _pax(path="../../x.gz") + member + end,
        "no magic": _block(b"a.gz", len(Z), magic=b"") + _padded(Z) + end,
        "check sum wrong on the second": plain + member[:148] + b"000000\0 " + member[156:] + end,
        "bytes between members": plain + _padded(Z) + plain + end,
        "garbage block first": plain + b"\xaa" * 512 + member + end,
        "member name empty": _block(b"", len(Z)) + _padded(Z) + end,
        "sparse": _block(b"a.gz", len(Z), b"S") + _padded(Z) + end,
        "two tars": packers.tar(PLAIN) + packers.tar(Z),
        "tar behind zip": write_zip([Member(b"r.txt", PLAIN)]) + packers.tar(Z),
        "zip behind tar": packers.tar(PLAIN) + write_zip([Member()]),
        "zip in a tar's gap": plain + _padded(write_zip([Member()])) + plain + end,
    }


def _gz(
    body: bytes, flags: int = 0, middle: bytes = b"", method: int = 8, crc: int | None = None, size: int | None = None
) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(body) + packer.flush()
    head = b"\x1f\x8b" + bytes([method, flags]) + b"\0\0\0\0\x02\x03"
    tail = struct.pack(
        "<II", zlib.crc32(body) if crc is None else crc, len(body) & 0xFFFFFFFF if size is None else size
    )
    return head + middle + packed + tail


def streams() -> dict[str, bytes]:
    """Chains, lying heads and tails of single streams."""
    extra = struct.pack("<H", len(PAYLOAD)) + PAYLOAD
    return {
        "gzip second member": gzip.compress(PLAIN) + Z,
        "gzip second member behind zeros": gzip.compress(PLAIN) + b"\0" * 700 + Z,
        "gzip member behind garbage": gzip.compress(PLAIN) + b"garbage!" * 9 + Z,
        "gzip tail plain": gzip.compress(PLAIN) + PAYLOAD,
        "gzip check sum wrong": _gz(PAYLOAD, crc=1),
        "gzip size wrong": _gz(PAYLOAD, size=1),
        "gzip no tail": Z[:-8],
        "gzip payload in extra field": _gz(PLAIN, 4, extra),
        "gzip packed payload in extra field": _gz(PLAIN, 4, struct.pack("<H", len(Z)) + Z),
        "gzip payload in the name": _gz(PLAIN, 8, PAYLOAD + b"\0"),
        "gzip payload in the comment": _gz(PLAIN, 16, PAYLOAD + b"\0"),
        "gzip head check": _gz(PAYLOAD, 2, b"\0\0"),
        "gzip reserved flags": _gz(PAYLOAD, 0xE0),
        "gzip method 7": _gz(PAYLOAD, method=7),
        "gzip stored blocks": _stored_gzip(),
        "bzip2 second stream": bz2.compress(PLAIN) + bz2.compress(PAYLOAD),
        "bzip2 then gzip": bz2.compress(PLAIN) + Z,
        "bzip2 tail plain": bz2.compress(PLAIN) + PAYLOAD,
        "xz second stream": lzma.compress(PLAIN) + lzma.compress(PAYLOAD),
        "xz second stream behind padding": lzma.compress(PLAIN) + b"\0" * 8 + lzma.compress(PAYLOAD),
        "xz no check": lzma.compress(PAYLOAD, check=lzma.CHECK_NONE),
        "xz filters": lzma.compress(PAYLOAD, filters=[{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2}]),
        "xz tail plain": lzma.compress(PLAIN) + PAYLOAD,
        "zstd second frame": zstandard.ZstdCompressor().compress(PLAIN) + zstandard.ZstdCompressor().compress(PAYLOAD),
        "zstd skippable first": b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + zstandard.ZstdCompressor().compress(PAYLOAD),
        "zstd payload in a skippable frame": zstandard.ZstdCompressor().compress(PLAIN)
        + b"\x51\x2a\x4d\x18" + struct.pack("<I", len(Z)) + Z,
        "zstd no size": _zstd_stream(),
        "zstd check sum": zstandard.ZstdCompressor(write_checksum=True).compress(PAYLOAD),
        "lz4 second frame": lz4.frame.compress(PLAIN) + lz4.frame.compress(PAYLOAD),
        "lz4 tail gzip": lz4.frame.compress(PLAIN) + Z,
        "lz4 legacy": b"\x02\x21\x4c\x18" + struct.pack("<I", len(PAYLOAD)) + PAYLOAD,
        "zlib in png": b"\x89PNG\r\n\x1a\n" + b"\0" * 30 + b"IEND\xaeB`\x82" + Z,
    }  # fmt: skip


def _stored_gzip() -> bytes:
    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    return packer.compress(PAYLOAD) + packer.flush()


def _zstd_stream() -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(PAYLOAD) + packer.flush()


_HEAD = b"From: a@example.org\r\nSubject: lie\r\nMIME-Version: 1.0\r\n"
_BODY = base64.encodebytes(PAYLOAD)


def mails() -> dict[str, bytes]:
    """Mail that readers take apart in different ways."""
    part = b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + _BODY
    mixed = b"Content-Type: multipart/mixed; boundary="
    nested = part
    for level in range(6):
        edge = b"n%d" % level
        nested = mixed + edge + b"\r\n\r\n--" + edge + b"\r\n" + nested + b"\r\n--" + edge + b"--\r\n"
    return {
        "no closing boundary": _HEAD + mixed + b"e\r\n\r\n--e\r\n" + part,
        "after the closing boundary": _HEAD + mixed + b"e\r\n\r\n--e\r\n\r\nhi\r\n--e--\r\n--e\r\n" + part,
        "in the preamble": _HEAD + mixed + b"e\r\n\r\n" + part + b"\r\n--e\r\n\r\nhi\r\n--e--\r\n",
        "two boundaries, second true": _HEAD + mixed + b"x\r\n" + mixed + b"e\r\n\r\n--e\r\n" + part + b"\r\n--e--\r\n",
        "two boundaries, first true": _HEAD + mixed + b"e\r\n" + mixed + b"x\r\n\r\n--e\r\n" + part + b"\r\n--e--\r\n",
        "boundary missing": _HEAD + b"Content-Type: multipart/mixed\r\n\r\n--e\r\n" + part + b"\r\n--e--\r\n",
        "boundary wrong": _HEAD + mixed + b"other\r\n\r\n--e\r\n" + part + b"\r\n--e--\r\n",
        "boundary quoted and folded": _HEAD + b"Content-Type: multipart/mixed;\r\n boundary=\"e e\"\r\n\r\n--e e\r\n" + part,
        "boundary continued": _HEAD + b"Content-Type: multipart/mixed; boundary*0=\"e\"; boundary*1=\"f\"\r\n\r\n--ef\r\n" + part,
        "base64 undeclared": _HEAD + b"Content-Type: application/zip\r\n\r\n" + _BODY,
        "base64 declared as 7bit": _HEAD + b"Content-Transfer-Encoding: 7bit\r\n\r\n" + _BODY,
        "two encodings declared": _HEAD + b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n" + _BODY,
        "base64 with junk": _HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + _BODY.replace(b"\n", b"*!\n~"),
        "base64 in one line": _HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(PAYLOAD),
        "base64 padded in the middle": _HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(PAYLOAD[:100]) + b"\r\n" + base64.b64encode(PAYLOAD[100:]),
        "uuencoded": _HEAD + b"\r\n" + _uuencoded(),
        "message in a message": _HEAD + b"Content-Type: message/rfc822\r\n\r\n" + _HEAD + mixed + b"e\r\n\r\n--e\r\n" + part,
        "nested six deep": _HEAD + nested,
        "nested 200 deep": _HEAD + _deep(200, part),
        "lines end in CR": (_HEAD + mixed + b"e\r\n\r\n--e\r\n" + part).replace(b"\r\n", b"\r"),
        "lines end in LF": (_HEAD + mixed + b"e\r\n\r\n--e\r\n" + part).replace(b"\r\n", b"\n"),
        "mailbox of two": b"From a Mon Jan  1 00:00:00 2024\n" + _HEAD + b"\nhello\n\nFrom b Mon Jan  1 00:00:00 2024\n" + _HEAD + part,
        "quoted-printable gzip": packers.mail(Z, "quoted-printable"),
        "name encoded": _HEAD + b"Content-Type: application/zip; name*=utf-8''a%2Ezip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + _BODY,
    }  # fmt: skip


def _uuencoded() -> bytes:
    import binascii

    lines = b"".join(binascii.b2a_uu(PAYLOAD[at : at + 45]) for at in range(0, len(PAYLOAD), 45))
    return b"begin 644 a.php\n" + lines + b"`\nend\n"


def _deep(levels: int, part: bytes) -> bytes:
    heads = b"".join(
        b"Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n" % (one, one) for one in range(levels)
    )
    return heads + part


def pages() -> dict[str, bytes]:
    """Pages that carry the payload in an attribute."""
    coded = base64.b64encode(PAYLOAD)
    return {
        "data URI in quotes": b'<html><a href="data:text/html;base64,' + coded + b'">x</a></html>',
        "data URI upper case": b"<HTML><A HREF='DATA:TEXT/HTML;BASE64," + coded + b"'>x</A></HTML>",
        "data URI unquoted": b"<html><iframe src=data:text/html;base64," + coded + b"></iframe></html>",
        "data URI percent escaped": b"<html><a href='data:text/html,"
        + b"".join(b"%%%02x" % byte for byte in PAYLOAD)
        + b"'></html>",
        "data URI with entity": b"<html><a href='data&#58;text/html;base64," + coded + b"'></html>",
        "data URI with hex entity": b"<html><a href='&#x64;ata:text/html;base64," + coded + b"'></html>",
        "data URI with tabs": b"<html><a href='da\tta:text/html;base64," + coded + b"'></html>",
        "data URI in lines": b"<html><a href='data:text/html;base64,"
        + b"\n".join(coded[at : at + 60] for at in range(0, len(coded), 60))
        + b"'></html>",
        "data URI in a style": b"<html><style>a{background:url(data:image/png;base64," + coded + b")}</style></html>",
        "data URI with charset": b"<html><a href='data:text/html;charset=utf-8;base64," + coded + b"'></html>",
        "data URI in UTF-16": ("<html><a href='data:text/html;base64," + coded.decode() + "'></html>").encode("utf-16"),
        "data URI in a script": b"<html><script>location='data:text/html;base64," + coded + b"'</script></html>",
        "page in srcdoc": b"<html><iframe srcdoc='"
        + PAYLOAD.replace(b"<", b"&lt;").replace(b"A", b"&#65;")
        + b"'></iframe></html>",
        "svg in a data URI": b"<html><img src='data:image/svg+xml;base64,"
        + base64.b64encode(packers.svg(PAYLOAD))
        + b"'></html>",
    }


def _stream(body: bytes, words: bytes) -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj\n<</Length 9 "
        + words
        + b">>\nstream\n"
        + body
        + b"\nendstream\nendobj\ntrailer<<>>\n%%EOF\n"
    )


def pdfs() -> dict[str, bytes]:
    """Streams behind every filter, tables that lie, strings that are escaped."""
    flat = zlib.compress(PAYLOAD)
    octal = b"".join(b"\\%03o" % byte for byte in PAYLOAD)
    return {
        "flate": _stream(flat, b"/Filter/FlateDecode"),
        "flate, name escaped": _stream(flat, b"/Filter/#46lateDecode"),
        "flate, short name": _stream(flat, b"/F/Fl"),
        "flate in an array": _stream(flat, b"/Filter [ /FlateDecode ]"),
        "hex": _stream(PAYLOAD.hex().encode() + b">", b"/Filter/ASCIIHexDecode"),
        "ascii85": _stream(base64.a85encode(PAYLOAD) + b"~>", b"/Filter/ASCII85Decode"),
        "hex of flate": _stream(flat.hex().encode() + b">", b"/Filter[/AHx/Fl]"),
        "ascii85 of flate": _stream(base64.a85encode(flat) + b"~>", b"/Filter[/ASCII85Decode/FlateDecode]"),
        "flate of flate": _stream(zlib.compress(flat), b"/Filter[/FlateDecode/FlateDecode]"),
        "run lengths": _stream(b"".join(b"\x00" + bytes([byte]) for byte in PAYLOAD) + b"\x80", b"/Filter/RunLengthDecode"),
        "flate cut": _stream(flat[:-6], b"/Filter/FlateDecode"),
        "flate, head broken": _stream(b"\x00\x00" + flat[2:], b"/Filter/FlateDecode"),
        "script in octal": b"%PDF-1.4\n1 0 obj\n<</S/JavaScript/JS(" + octal + b")>>\nendobj\n%%EOF",
        "script in hex": b"%PDF-1.4\n1 0 obj\n<</S/JavaScript/JS<" + PAYLOAD.hex().encode() + b">>>\nendobj\n%%EOF",
        "script in UTF-16": b"%PDF-1.4\n1 0 obj\n<</JS(" + b"\xfe\xff" + PAYLOAD.decode().encode("utf-16-be").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")>>\nendobj\n%%EOF",
        "head at 900": b"x" * 900 + packers.pdf(PAYLOAD),
        "head at 5000": b"x" * 5000 + packers.pdf(PAYLOAD),
        "zip behind": packers.pdf(PLAIN) + write_zip([Member()]),
        "gzip behind": packers.pdf(PLAIN) + Z,
        "no cross references": packers.pdf(PAYLOAD).replace(b"startxref", b"startxxxx"),
        "in an object stream": _stream(zlib.compress(b"<</JS(" + octal + b")>>"), b"/Type/ObjStm/Filter/FlateDecode"),
    }  # fmt: skip


def locked() -> dict[str, bytes]:
    """Under a password that nobody names: a gap is all there can be."""
    return {
        "7z": packers.seven(PAYLOAD, "Zq7!never-named"),
        "7z, names too": packers.seven(PAYLOAD, "Zq7!never-named", header_encryption=True),
        "zip, strong": write_zip([Member(method=99, flags=1, data=PAYLOAD[::-1])]),
        "pdf": b"%PDF-1.4\n1 0 obj<</Filter/Standard/V 2/R 3/O(" + b"x" * 32 + b")/U(" + b"y" * 32 + b")/P -4/Length 128>>endobj\n"
        b"2 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 2 0 R/Encrypt 1 0 R/ID[(a)(b)]>>\n%%EOF\n",
        "docx": packers.ole(b"").replace("Payload".encode("utf-16-le").ljust(64, b"\0"), "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0"))
        .replace(struct.pack("<HB", 16, 2), struct.pack("<HB", 34, 2)),
        "mail": _HEAD + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\n" + base64.encodebytes(PAYLOAD[::-1]),
    }  # fmt: skip

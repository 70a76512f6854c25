# ruff: noqa: E501 - byte recipes stand on one line each, as in the formats they lie about
"""Members without a proper name, containers that cannot be read behind something else, one file under two names, locks."""

import base64
import lzma
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace

import zstandard

from tests.evasion import packers
from tests.evasion.marker import PAYLOAD, Form
from tests.evasion.zips import PLAIN, Member, write_zip

CODED = base64.b64encode(PAYLOAD)
NOISE = random.Random(12).randbytes(900)
SHELL = b"#!/bin/sh\ntail -n +3 $0 | unpack\nexit\n"
PROGRAM = b"MZ" + bytes(126) + b"PE\0\0" + bytes(60)


def zips() -> dict[str, bytes]:
    """Members that only readers of streams find, under names that no packer writes."""
    hidden = Member(in_directory=False)
    named = {"with control bytes": b"a\x01.php", "empty": b"", "of 4,000 bytes": b"a/" * 2_000}
    found = {}
    for word, name in named.items():
        found[f"no directory, name {word}"] = write_zip([replace(hidden, name=name)], end=False)
        found[f"not in directory, name {word}"] = write_zip([PLAIN, replace(hidden, name=name)])
        found[f"not in directory, late, name {word}"] = write_zip([PLAIN, replace(hidden, name=name, late=True)])
    late = {"method": 0, "crc": 0, "packed": 0, "size": 0}
    found["method unknown in directory, stored and late"] = write_zip(
        [Member(late=True, central={"method": 98}, local=late)]
    )
    return found


def _unknown_seven() -> bytes:
    """7z under a method that nobody here knows (as BCJ2 is, the usual one of self-extracting programs)."""
    import io

    import py7zr

    held = io.BytesIO()
    with py7zr.SevenZipFile(held, "w", filters=[{"id": py7zr.FILTER_COPY}]) as archive:
        archive.set_encoded_header_mode(False)
        archive.writestr(PAYLOAD[::-1], "a.php")
    data = bytearray(held.getvalue())
    begin = 32 + int.from_bytes(data[12:20], "little")
    at = data.index(b"\x0b\x01\x00\x01\x01\x00", begin)  # folders: one, not elsewhere, one coder, its id of one byte: 0
    data[at + 5] = 0x7F
    data[28:32] = struct.pack("<I", zlib.crc32(data[begin:]))
    data[8:12] = struct.pack("<I", zlib.crc32(data[12:32]))
    return bytes(data)


def _large_xz() -> bytes:
    return lzma.compress(PAYLOAD, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 256 << 20}])


def _large_zstd() -> bytes:
    words = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=words).compressobj()
    return packer.compress(PAYLOAD * 40) + packer.flush()


def _text_chunk(kind: bytes, body: bytes) -> bytes:
    head = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde"
    return (
        head
        + struct.pack(">I", len(body))
        + kind
        + body
        + struct.pack(">I", zlib.crc32(kind + body))
        + b"\0\0\0\0IEND\xaeB`\x82"
    )


def _book(kind: bytes, listed: bytes, body: bytes) -> bytes:
    return write_zip([Member(b"mimetype", kind, method=0), Member(b"content.xml", NOISE), Member(listed, body)])


def _streamed() -> bytes:
    """RAR 5 with a stream of NTFS beside its file, packed in a way that nobody here reads."""
    name, body = b"a.txt", PAYLOAD[::-1]
    file = packers._vint(4) + packers._vint(5) + packers._vint(0o644) + struct.pack("<I", zlib.crc32(b"hello"))
    file += packers._vint(0) + packers._vint(1) + packers._vint(len(name)) + name
    stream = packers._vint(4) + packers._vint(len(body)) + packers._vint(0) + struct.pack("<I", zlib.crc32(PAYLOAD))
    stream += packers._vint(3 << 7) + packers._vint(0) + packers._vint(3) + b"STM"
    blocks = packers._rar_block(1, packers._vint(0)), packers._rar_block(2, file, b"hello")
    return (
        b"Rar!\x1a\x07\x01\x00"
        + b"".join(blocks)
        + packers._rar_block(3, stream, body, b"\x08\x07:a.html")
        + packers._rar_block(5, packers._vint(0))
    )


def again() -> Iterator[Form]:
    """Forms that need a name, or stand among others."""
    unreadable = {
        "7z of an unknown method": _unknown_seven(),
        "xz of 256 MB": _large_xz(),
        "zstd of 1 GB": _large_zstd(),
    }
    for name, data in unreadable.items():
        yield Form("again", f"{name} behind a program", PROGRAM + data, "a.exe")
        yield Form("again", f"{name} behind a script", SHELL + data, "a.sh")
    twice = (
        b"Foo-A: 1\r\nFoo-B: data:text/plain;base64,"
        + b"aGVsbG8g" * 8
        + b"\r\n<html>\r\nContent-Transfer-Encoding: base64\r\n"
    )
    mail = packers.mail(PAYLOAD)
    twice += mail[mail.index(b"Content-Type: multipart") :]
    yield Form(
        "again", "one file under two names", write_zip([Member(b"a.txt", twice), Member(b"b.eml", twice)]), "a.zip"
    )
    yield Form("again", "PNG's packed text", _text_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(PAYLOAD)), "a.png")
    yield Form(
        "again",
        "PNG's packed text in a language",
        _text_chunk(b"iTXt", b"Comment\0\1\0en\0Note\0" + zlib.compress(PAYLOAD)),
        "a.png",
    )
    locked = b'<?xml version="1.0"?><m:manifest xmlns:m="urn:x"><m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>'
    yield Form(
        "locked",
        "locked: OpenDocument",
        _book(b"application/vnd.oasis.opendocument.text", b"META-INF/manifest.xml", locked),
        "a.odt",
    )
    rights = b'<?xml version="1.0"?><encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></EncryptedData></encryption>'
    yield Form("locked", "locked: book", _book(b"application/epub+zip", b"META-INF/encryption.xml", rights), "a.epub")
    yield Form("again", "disk cut inside its folders", packers.iso(PAYLOAD)[:40_960], "a.iso")
    yield Form("again", "packed stream beside a file of a RAR", _streamed(), "a.rar")
    lines = b"\r\n ".join(CODED[at : at + 70] for at in range(0, len(CODED), 70))
    event = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTACH;FMTTYPE=text/html;ENCODING=BASE64;VALUE=BINARY:"
        + lines
        + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    yield Form("again", "file in a calendar", event, "a.ics")
    marked = b"\xef\xbb\xbfContent-Type: multipart/mixed; boundary=q\r\nMIME-Version: 1.0\r\n\r\n--q\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    yield Form("again", "mail behind a mark of UTF-8", marked + CODED, "a.eml")
    yield from _unread()


def _unread() -> Iterator[Form]:
    fat = b"\xeb\x3c\x90MSDOS5.0".ljust(54, b"\1") + b"FAT16   ".ljust(456, b"\2") + b"\x55\xaa"
    for name, head in {
        "Outlook's store": b"!BDN", "book of Mobipocket": b"title".ljust(60, b"\0") + b"BOOKMOBI", "DjVu": b"AT&TFORM\0\0",
        "volume of Linux": bytes(1080) + b"\x53\xef", "volume of DOS": fat, "volume of Apple": bytes(1024) + b"H+",
    }.items():  # fmt: skip
        yield Form("again", name, head + NOISE, "object")

"""Every container of the list, written small: each packs one payload."""

import base64
import bz2
import gzip
import io
import json
import lzma
import quopri
import struct
import tarfile
import zlib
from collections.abc import Callable

import lz4.frame
import py7zr
import pycdlib
import zstandard

from tests.evasion.zips import Member, write_zip

NAME = "payload.php"


def tar(data: bytes, mode: str = "w:", name: str = NAME, form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def seven(data: bytes, password: str | None = None, **options: object) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password=password, **options) as archive:
        archive.writestr(data, NAME)
    return out.getvalue()


def cpio(data: bytes, odc: bool = False) -> bytes:
    def entry(name: bytes, body: bytes) -> bytes:
        if odc:
            fields = (0o070707, 0, 1, 0o100644, 0, 0, 1, 0)
            head = "".join(f"{field:06o}" for field in fields) + f"{0:011o}{len(name) + 1:06o}{len(body):011o}"
            return head.encode() + name + b"\0" + body
        values = (1, 0o100644, 0, 0, 1, 0, len(body), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % value for value in values) + name + b"\0"
        head += b"\0" * (-len(head) % 4)
        return head + body + b"\0" * (-len(body) % 4)

    return entry(NAME.encode(), data) + entry(b"TRAILER!!!", b"")


def ar(data: bytes, name: bytes = b"payload.php/") -> bytes:
    head = (
        name.ljust(16)
        + b"0".ljust(12)
        + b"0".ljust(6) * 2
        + b"100644".ljust(8)
        + str(len(data)).encode().ljust(10)
        + b"`\n"
    )
    return b"!<arch>\n" + head + data + b"\n" * (len(data) & 1)


def deb(data: bytes) -> bytes:
    first = ar(b"2.0\n", b"debian-binary")
    return first + ar(tar(data, "w:xz"), b"data.tar.xz")[8:]


def rpm(data: bytes) -> bytes:
    lead = b"\xed\xab\xee\xdb\x03\x00".ljust(96, b"\0")
    header = b"\x8e\xad\xe8\x01\0\0\0\0" + struct.pack(">II", 0, 0)
    return lead + header + header + gzip.compress(cpio(data))


def cab(data: bytes, stored: bool = False) -> bytes:
    blocks = bytearray()
    pieces = [data[at : at + 32768] for at in range(0, len(data), 32768)] or [b""]
    window = b""
    for piece in pieces:
        packer = (
            zlib.compressobj(9, zlib.DEFLATED, -15, zdict=window) if window else zlib.compressobj(9, zlib.DEFLATED, -15)
        )
        body = piece if stored else b"CK" + packer.compress(piece) + packer.flush()
        blocks += struct.pack("<IHH", 0, len(body), len(piece)) + body
        window = piece
    name = NAME.encode() + b"\0"
    files_at, blocks_at = 36 + 8, 36 + 8 + 16 + len(name)
    total = blocks_at + len(blocks)
    head = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, total, 0, files_at, 0, 3, 1, 1, 1, 0, 7, 0)
    folder = struct.pack("<IHH", blocks_at, len(pieces), 0 if stored else 1)
    file = struct.pack("<IIHHHH", len(data), 0, 0, 0x5A21, 0x6000, 0x20) + name
    return head + folder + file + bytes(blocks)


def iso(data: bytes) -> bytes:
    image, out = pycdlib.PyCdlib(), io.BytesIO()
    image.new(joliet=3)
    image.add_fp(io.BytesIO(data), len(data), "/PAYLOAD.PHP;1", joliet_path="/payload.php")
    image.write_fp(out)
    image.close()
    return out.getvalue()


def mail(data: bytes, coding: str = "base64") -> bytes:
    body = {
        "base64": lambda: base64.encodebytes(data),
        "quoted-printable": lambda: quopri.encodestring(data),
        "8bit": lambda: data,
    }[coding]()
    return (
        b"From: a@example.org\r\nTo: b@example.org\r\nSubject: form\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=edge\r\n\r\n--edge\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        b"--edge\r\nContent-Type: application/octet-stream; name=payload.php\r\nContent-Transfer-Encoding: "
        + coding.encode() + b"\r\n\r\n" + body + b"\r\n--edge--\r\n"
    )  # fmt: skip


def page(data: bytes) -> bytes:
    return (
        b'<!doctype html><html><body><iframe src="data:text/html;base64,'
        + base64.b64encode(data)
        + b'"></iframe></body></html>'
    )


def svg(data: bytes) -> bytes:
    return (
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/png;base64,'
        + base64.b64encode(data)
        + b'"/></svg>'
    )


def notebook(data: bytes) -> bytes:
    cell = {"cell_type": "code", "source": [], "outputs": [{"data": {"image/png": base64.b64encode(data).decode()}}]}
    return json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}).encode()


def office(data: bytes) -> bytes:
    types = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return write_zip([Member(b"[Content_Types].xml", types), Member(b"word/embeddings/payload.bin", data)])


def opendocument(data: bytes) -> bytes:
    kind = Member(b"mimetype", b"application/vnd.oasis.opendocument.text", method=0)
    return write_zip([kind, Member(b"Pictures/payload.png", data)])


def rtf(data: bytes) -> bytes:
    return b"{\\rtf1\\ansi hello {\\object\\objemb{\\*\\objdata " + data.hex().encode() + b"}}\\par}"


def pdf(data: bytes) -> bytes:
    packed = zlib.compress(data)
    parts = [
        b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(payload.php) 4 0 R]>>>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        b"<</Type/Filespec/F(payload.php)/EF<</F 5 0 R>>>>",
        b"<</Type/EmbeddedFile/Filter/FlateDecode/Length %d>>\nstream\n" % len(packed) + packed + b"\nendstream",
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, at)
    return bytes(out)


def ole(data: bytes) -> bytes:
    """A compound file of 512 byte sectors with one stream, large enough for the FAT."""
    body = data.ljust(max(4096, -(-len(data) // 512) * 512), b"\0")
    count = len(body) // 512
    fat_sectors = -(-(count + 2) // 127)
    first = 1 + fat_sectors
    table = [0xFFFFFFFE] + [0xFFFFFFFD] * fat_sectors + [first + index + 1 for index in range(count - 1)] + [0xFFFFFFFE]
    fat = b"".join(struct.pack("<I", value) for value in table).ljust(fat_sectors * 512, b"\xff")

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0"
        head = raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return head + b"\0" * 36 + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Payload", 2, 0xFFFFFFFF, first, len(body))
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack("<HHHHHHIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, fat_sectors)
    )
    head += struct.pack("<IIIIIII", 0, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += b"".join(struct.pack("<I", 1 + index) for index in range(fat_sectors)).ljust(436, b"\xff")
    return head + directory.ljust(512, b"\0") + fat + body


def _vint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _rar_block(kind: int, fields: bytes, data: bytes = b"", extra: bytes = b"") -> bytes:
    flags = (1 if extra else 0) | (2 if data else 0)
    sizes = (_vint(len(extra)) if extra else b"") + (_vint(len(data)) if data else b"")
    body = _vint(kind) + _vint(flags) + sizes + fields + extra
    body = _vint(len(body)) + body
    return struct.pack("<I", zlib.crc32(body)) + body + data


def rar(data: bytes, *, method: int = 0, locked: bool = False) -> bytes:
    """RAR 5: one member, stored; another `method` or a lock only claims what no writer here can make."""
    name = NAME.encode()
    extra = _vint(49) + b"\x01" + b"\0\x01\x0f" + bytes(16) + bytes(16) + bytes(12) if locked else b""
    extra = _vint(len(extra[1:])) + extra[1:] if locked else b""
    fields = _vint(4) + _vint(len(data)) + _vint(0o644) + struct.pack("<I", zlib.crc32(data)) + _vint(method << 7)
    fields += _vint(1) + _vint(len(name)) + name
    blocks = _rar_block(1, _vint(0)), _rar_block(2, fields, data, extra), _rar_block(5, _vint(0))
    return b"Rar!\x1a\x07\x01\x00" + b"".join(blocks)


def by_library(data: bytes, word: str, filter_name: str | None = None) -> bytes:
    """An archive that libarchive writes."""
    import libarchive

    held = bytearray()
    with libarchive.custom_writer(lambda piece: held.extend(piece) or len(piece), word, filter_name) as archive:
        archive.add_file_from_memory(NAME, len(data), data)
    return bytes(held)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
    "lz4": lz4.frame.compress,
    "zip": lambda data: write_zip([Member(data=data)]),
    "zip-stored": lambda data: write_zip([Member(data=data, method=0)]),
    "tar": tar,
    "tar-gnu": lambda data: tar(data, form=tarfile.GNU_FORMAT, name="d/" * 80 + NAME),
    "tar.gz": lambda data: tar(data, "w:gz"),
    "tar.bz2": lambda data: tar(data, "w:bz2"),
    "tar.xz": lambda data: tar(data, "w:xz"),
    "tar.zst": lambda data: zstandard.ZstdCompressor().compress(tar(data)),
    "7z": seven,
    "cpio": cpio,
    "cpio-odc": lambda data: cpio(data, odc=True),
    "ar": ar,
    "deb": deb,
    "rpm": rpm,
    "cab": cab,
    "cab-stored": lambda data: cab(data, stored=True),
    "iso": iso,
    "mail": mail,
    "mail-qp": lambda data: mail(data, "quoted-printable"),
    "html": page,
    "svg": svg,
    "ipynb": notebook,
    "docx": office,
    "odt": opendocument,
    "rtf": rtf,
    "pdf": pdf,
    "ole": ole,
    "rar": rar,
}

# What only the system's libarchive reads, and writes.
BY_LIBRARY: dict[str, Callable[[bytes], bytes]] = {
    "xar": lambda data: by_library(data, "xar"),
    "warc": lambda data: by_library(data, "warc"),
    "tar.Z": lambda data: by_library(data, "ustar", "compress"),
    "tar.lz": lambda data: by_library(data, "ustar", "lzip"),
}

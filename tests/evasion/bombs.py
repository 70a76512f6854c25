# ruff: noqa: E501 - byte recipes stand on one line each
"""Inputs that cost far more than they weigh. Each is made on the spot; none holds anything."""

import bz2
import gzip
import hashlib
import io
import lzma
import struct
import tarfile
import zlib
from collections.abc import Callable

import lz4.frame
import zstandard

from tests.evasion import lies_data, lies_packed, packers
from tests.evasion.zips import Member, central_header, end_record, local_header, write_zip

MIB = 1 << 20


def deflated_zeros(mebibytes: int) -> bytes:
    """A deflate stream of that many MiB of zeros, put together from one aligned block."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first * mebibytes + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def _zip_of(packed: bytes, size: int, names: int = 1) -> bytes:
    """A zip whose member is `packed` as it is; with more names, all lead to the same bytes."""
    fields = {"method": 8, "packed": len(packed), "size": size, "crc": 0}
    head = Member(b"a", b"", local=fields, central=fields)
    out = bytearray(local_header(head) + packed)
    at = len(out)
    for number in range(names):
        out += central_header(Member(b"%d" % number, b"", central=fields), 0)
    return bytes(out) + end_record(min(names, 65_535), len(out) - at, at)


def overlapping(files: int) -> bytes:
    """Members that lie inside each other: each local header quotes the next as a stored block of its stream."""
    kernel = deflated_zeros(8)
    fields = {"method": 8, "packed": len(kernel), "size": 8 * MIB, "crc": 0}
    tail = local_header(Member(b"%05d" % files, b"", local=fields)) + kernel
    for number in range(files - 1, 0, -1):
        head = Member(b"%05d" % number, b"", local=fields)
        quoted = local_header(Member(b"%05d" % (number + 1), b"", local=fields))
        tail = local_header(head) + struct.pack("<BHH", 0, len(quoted), len(quoted) ^ 0xFFFF) + tail
    return tail


def empty_members(count: int) -> bytes:
    out, places = bytearray(), []
    for number in range(count):
        places.append(len(out))
        out += local_header(Member(b"%d" % number, b"", method=0))
    at = len(out)
    for number, place in enumerate(places):
        out += central_header(Member(b"%d" % number, b"", method=0), place)
    return bytes(out) + end_record(count & 0xFFFF, len(out) - at, at)


def nested_zips(levels: int) -> bytes:
    data = b"innermost"
    for _ in range(levels):
        data = write_zip([Member(b"n.zip", data, method=0)])
    return data


def wide_zips(breadth: int, levels: int) -> bytes:
    data = bytes(10 * MIB)
    for _ in range(levels):
        data = write_zip([Member(b"%d.zip" % number, data + bytes([number])) for number in range(breadth)])
    return data


def forms_pdf(levels: int) -> bytes:
    """Form XObjects that each draw the next ten times."""
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    parts.append(
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99999 99999]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>"
    )
    parts.append(b"<</Length 4>>\nstream\n/F Do\nendstream")
    for level in range(levels):
        draw = b"/F Do " * 10 if level < levels - 1 else b"BT /T 9 Tf (lol) Tj ET " * 50
        parts.append(
            b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F %d 0 R>>>>/Length %d>>\nstream\n"
            % (6 + level, len(draw)) + draw + b"\nendstream"
        )  # fmt: skip
    body = b"".join(b"%d 0 obj\n" % number + part + b"\nendobj\n" for number, part in enumerate(parts, 1))
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R/Size %d>>\n%%%%EOF\n" % (len(parts) + 1)


def flate_pdf() -> bytes:
    inner = zlib.compress(deflated_zeros(512), 9)
    return (
        b"%PDF-1.4\n1 0 obj\n<</Filter[/FlateDecode/FlateDecode/FlateDecode]>>\nstream\n"
        + zlib.compress(inner)
        + b"\nendstream\nendobj\n%%EOF"
    )


def page_tree_pdf() -> bytes:
    """A page tree that claims two thousand million pages."""
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R 2 0 R]/Count 2000000000>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R/Size 2000000000>>\n%%EOF\n"
    )


def wide_picture() -> bytes:
    rows = zlib.compress(bytes(30_001) * 2_000)
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))  # noqa: E731
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def laughs(name: bytes = b"svg") -> bytes:
    entities = b"".join(
        b'<!ENTITY a%d "%s">' % (level, (b"&a%d;" % (level - 1)) * 10 if level else b"lol") for level in range(12)
    )
    return b'<?xml version="1.0"?><!DOCTYPE x [' + entities + b"]><" + name + b">&a11;</" + name + b">"


def tar_of_links(count: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for number in range(count):
            entry = tarfile.TarInfo(f"{number}")
            entry.type, entry.linkname = tarfile.SYMTYPE, f"{number + 1}"
            archive.addfile(entry)
    return out.getvalue()


def mime_nest(levels: int) -> bytes:
    heads = b"".join(
        b"Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n" % (one, one) for one in range(levels)
    )
    return b"From: a@example.org\r\nSubject: n\r\nMIME-Version: 1.0\r\n" + heads + b"\r\nend\r\n"


def copies(deltas: int) -> bytes:
    """A pack whose deltas each copy one object of 60,000 bytes a thousand times."""
    base = bytes(60_000)
    delta = lies_packed.git_delta(base, *[(0, len(base))] * 1_000)
    named = hashlib.sha1(b"tree 60000\0" + base, usedforsecurity=False).digest()
    return lies_packed.git_pack(lies_packed.git_object(2, base), *[lies_packed.git_object(7, delta, named)] * deltas)


def tables(count: int) -> bytes:
    """A font whose tables are one packed MiB over and over, each a byte shorter than the one before."""
    packed = zlib.compress(bytes(MIB)).ljust(count + 2_000, b"\1")
    rows = b"".join(b"name" + struct.pack(">IIII", 44 + 20 * count, len(packed) - one, MIB, 0) for one in range(count))
    return b"wOFF\0\1\0\0" + struct.pack(">IH", 0, count) + bytes(30) + rows + packed


BOMBS: dict[str, Callable[[], bytes]] = {
    "zip: 10 GiB in 10 MB": lambda: _zip_of(deflated_zeros(10_240), 0xFFFFFFFE),
    "zip: 1 GiB, declares 100 bytes": lambda: _zip_of(deflated_zeros(1_024), 100),
    "zip: 60,000 names over one member": lambda: _zip_of(deflated_zeros(64), 64 * MIB, 60_000),
    "zip: 2,000 overlapping members": lambda: overlapping(2_000),
    "zip: 300,000 empty members": lambda: empty_members(300_000),
    "zip: 1,000 deep": lambda: nested_zips(1_000),
    "zip: 16 wide, 4 deep": lambda: wide_zips(16, 4),
    "zip: a million bare signatures": lambda: b"PK\x03\x04" * 1_000_000,
    "zip: half a million directory entries": lambda: (b"PK\x01\x02" + bytes(42)) * 500_000 + end_record(0, 46 * 500_000, 0) * 16,
    "zip: ratio 150 just under the bound": lambda: write_zip([Member(b"%d" % n, bytes(3 * MIB) + b"%d" % n) for n in range(40)]),
    "gzip: 10 GiB": lambda: b"\x1f\x8b\x08\0\0\0\0\0\x02\x03" + deflated_zeros(10_240) + bytes(8),
    "gzip: 1,000 deep": lambda: _deep(gzip.compress, 1_000),
    "gzip: 100,000 members": lambda: gzip.compress(b"x") * 100_000,
    "bzip2: 1 GiB": lambda: bz2.compress(bytes(64 * MIB)) * 16,
    "xz: 1 GiB": lambda: lzma.compress(bytes(64 * MIB), preset=0) * 16,
    "xz: dictionary of 1.5 GiB": lambda: lzma.compress(b"x" * 99, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1536 * MIB}]),
    "zstd: 1 GiB": lambda: zstandard.ZstdCompressor().compress(bytes(1_024 * MIB)),
    "lz4: 512 MiB": lambda: lz4.frame.compress(bytes(512 * MIB)),
    "7z: 256 MiB": lambda: packers.seven(bytes(256 * MIB)),
    "cab: 64 MiB": lambda: packers.cab(bytes(64 * MIB)),
    "tar: 20,000 links": lambda: tar_of_links(20_000),
    "tar: claims 8 GiB": lambda: packers.tar(bytes(512))[:124] + b"77777777777\0" + packers.tar(bytes(512))[136:],
    "mail: 5,000 levels": lambda: mime_nest(5_000),
    "mail: 100,000 parts": lambda: b"From: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=e\r\n\r\n" + b"--e\r\n\r\nx\r\n" * 100_000,
    "html: 200,000 data URIs": lambda: b"<html>" + b"<img src='data:image/png;base64,%s'>" % (b"QUJD" * 9) * 200_000,
    "html: a million veils": lambda: b"<html>base64 " + b"&#100;&#97;" * 1_000_000,
    "svg: a billion laughs": laughs,
    "docx: a billion laughs": lambda: packers.office(laughs(b"w:t")),
    "rtf: a million open groups": lambda: b"{\\rtf1 " + b"{\\b" * 1_000_000,
    "pdf: forms ten to the eighth": lambda: forms_pdf(8),
    "pdf: 512 MiB behind three filters": flate_pdf,
    "pdf: two thousand million pages": page_tree_pdf,
    "pdf: 200,000 heads": lambda: b"%PDF-1 \n" * 200_000 + b"%%EOF",
    "ole: sector chain in a circle": lambda: packers.ole(b"x" * 9_000).replace(struct.pack("<I", 5), struct.pack("<I", 3)),
    "png: 900 megapixels": wide_picture,
    "iso: a folder inside itself": lambda: packers.iso(b"x" * 9_000) * 3,
    "git: copies of 10 GiB in all": lambda: copies(180),
    "git: 100,000 empty objects": lambda: lies_packed.git_pack(*[lies_packed.git_object(3, b"")] * 100_000),
    "woff: 60,000 tables over one": lambda: tables(60_000),
    "woff2: 1 GiB": lambda: lies_packed.woff2(bytes(1_024 * MIB)),
    "avro: snappy claims 4 GiB": lambda: lies_data.avro(b"snappy", b"\xff\xff\xff\xff\x0f" + bytes(99)),
    "avro: 2 GiB in rows": lambda: lies_data.avro(b"deflate", deflated_zeros(2_048)),
    "parquet: a million structs": lambda: b"PAR1" + b"\x49\xfc\xff\xff\x3f" + bytes(2_000_000) + struct.pack("<I", 2_000_005) + b"PAR1",
    "orc: 1 GiB": lambda: lies_data.orc(1, deflated_zeros(4), 256),
    "lz4 of kernels: 2 GiB": lambda: b"\x02\x21\x4c\x18" + lies_packed.kernel_block(bytes(8 * MIB)) * 256,
    "postscript: 50,000 filters": lambda: b"%!PS\n" + (b"/LZWDecode filter\n" + b"\0a" * 120) * 50_000,
    "starts: 100,000 packs": lambda: b"\0" + (b"PACK\0\0\0\2\0\0\0\1\x30" + bytes(30)) * 100_000,
    "starts: 100,000 compound files": lambda: b"\0" * 99 + b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100_000,
    "starts: 200,000 gzip heads": lambda: b"\0" * 99 + b"\x1f\x8b\x08\0\0\0\0\0\x02\x03" * 200_000,
}  # fmt: skip


def _deep(pack: Callable[[bytes], bytes], levels: int) -> bytes:
    data = b"innermost"
    for _ in range(levels):
        data = pack(data)
    return data

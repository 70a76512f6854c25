# ruff: noqa: E501 - byte recipes stand on one line each, as in the formats they lie about
"""Tables of data, installers and PostScript, which keep packed pieces under heads of their own."""

import base64
import lzma
import struct
import zlib
from collections.abc import Iterator

import cramjam
import lz4.block
import zstandard

from tests.evasion import packers
from tests.evasion.lies_packed import PAYLOAD, PICTURE, PROGRAM
from tests.evasion.marker import Form

_size = packers._vint


def _deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-15)


def avro(codec: bytes, body: bytes, *, schema: bytes = b'"bytes"', count: int = 1) -> bytes:
    def long(number: int) -> bytes:
        return _size(number << 1)

    pairs = {b"avro.schema": schema, b"avro.codec": codec}
    head = long(2) + b"".join(long(len(key)) + key + long(len(value)) + value for key, value in pairs.items()) + long(0)
    return b"Obj\1" + head + b"S" * 16 + (long(count) + long(len(body)) + body + b"S" * 16)


def _snappy(data: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(data))


def _thrift(*fields: tuple[int, int | bytes | list[bytes]]) -> bytes:
    """A struct in Thrift's compact coding: numbers, bytes that are structs, lists of structs, by their field ids."""
    out, last = b"", 0
    for number, value in fields:
        kind = 6 if isinstance(value, int) else 12 if isinstance(value, bytes) else 9
        out += bytes([number - last << 4 | kind])
        last = number
        if isinstance(value, int):
            out += _size(value << 1)
        elif isinstance(value, bytes):
            out += value
        else:
            out += bytes([len(value) << 4 | 12]) + b"".join(value)
    return out + b"\0"


def parquet(codec: int, body: bytes, size: int, *, lie: int = 0) -> bytes:
    page = (
        _thrift((1, 0), (2, size), (3, len(body)), (5, _thrift((1, 1), (2, 0), (3, 3), (4, 3)))).replace(
            b"\x16", b"\x15"
        )
        + body
    )
    meta = _thrift((1, 6), (4, codec), (5, 1), (6, size), (7, len(page)), (9, 4 + lie))
    footer = _thrift((1, 1), (3, 1), (4, [_thrift((1, [_thrift((2, 4), (3, meta))]), (2, size), (3, 1))]))
    return b"PAR1" + page + footer + struct.pack("<I", len(footer)) + b"PAR1"


def orc(kind: int, body: bytes, times: int = 1, *, footer: bytes = b"") -> bytes:
    def chunk(data: bytes, original: bool = False) -> bytes:
        return struct.pack("<I", len(data) << 1 | original)[:3] + data

    tail = b"\x08" + _size(len(footer) + 3) + b"\x10" + _size(kind) + b"\x18" + _size(262144) + b"\x82\xf4\x03\x03ORC"
    return b"ORC" + chunk(body) * times + chunk(footer, True) + tail + bytes([len(tail)])


def _tables() -> dict[str, bytes]:
    zstd = zstandard.ZstdCompressor().compress(PAYLOAD)
    lz4_block = lz4.block.compress(PAYLOAD, store_size=False)
    crc = struct.pack(">I", zlib.crc32(PAYLOAD))
    return {
        "Avro, deflate": avro(b"deflate", _deflate(PAYLOAD)),
        "Avro, snappy": avro(b"snappy", _snappy(PAYLOAD) + crc),
        "Avro, zstandard": avro(b"zstandard", zstd),
        "Avro of an unknown codec": avro(b"sdch", PAYLOAD[::-1]),
        "Avro, lying size": avro(b"deflate", _deflate(PAYLOAD)).replace(_size(len(_deflate(PAYLOAD)) << 1), _size(99 << 1)),
        "two Avros": avro(b"deflate", _deflate(b"first")) + avro(b"deflate", _deflate(PAYLOAD)),
        "Avro behind a picture": PICTURE + avro(b"deflate", _deflate(PAYLOAD)),
        "Parquet, snappy": parquet(1, _snappy(PAYLOAD), len(PAYLOAD)),
        "Parquet, gzip": parquet(2, zlib.compress(PAYLOAD, wbits=31), len(PAYLOAD)),
        "Parquet, brotli": parquet(4, bytes(cramjam.brotli.compress(PAYLOAD)), len(PAYLOAD)),
        "Parquet, lz4": parquet(7, lz4_block, len(PAYLOAD)),
        "Parquet, lz4 of Hadoop": parquet(5, struct.pack(">II", len(PAYLOAD), len(lz4_block)) + lz4_block, len(PAYLOAD)),
        "Parquet, zstandard": parquet(6, zstd, len(PAYLOAD)),
        "Parquet, lzo": parquet(3, PAYLOAD[::-1], len(PAYLOAD)),
        "Parquet, lying place": parquet(1, _snappy(PAYLOAD), len(PAYLOAD), lie=9),
        "Parquet, lying size": parquet(1, _snappy(PAYLOAD), 5),
        "two Parquets": parquet(1, _snappy(PAYLOAD), len(PAYLOAD)) + parquet(1, _snappy(b"second"), 6),
        "two ORCs": orc(1, _deflate(PAYLOAD)) + orc(1, _deflate(b"second")),
        "Parquet behind a picture": PICTURE + parquet(1, _snappy(PAYLOAD), len(PAYLOAD)),
        "Parquet, encrypted": b"PARE" + PAYLOAD[::-1] + struct.pack("<I", 99) + b"PARE",
        "ORC, zlib": orc(1, _deflate(PAYLOAD)),
        "ORC, snappy": orc(2, _snappy(PAYLOAD)),
        "ORC, lz4": orc(4, lz4_block),
        "ORC, zstandard": orc(5, zstd),
        "ORC, lzo": orc(3, PAYLOAD[::-1]),
    }  # fmt: skip


def nsis(body: bytes, head: int = 200) -> bytes:
    """An installer's first header, and what it unpacks: all in one stream or each by itself."""
    return (
        PROGRAM.ljust(512, b"\0")
        + struct.pack("<I", 0)
        + b"\xef\xbe\xad\xdeNullsoftInst"
        + struct.pack("<II", head, len(body) + 28)
        + body
    )


def _lzma_bare(data: bytes) -> bytes:
    packed = lzma.compress(data, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}])
    return packed[:5] + packed[13:]


def _piece(data: bytes) -> bytes:
    packed = _deflate(data)
    return struct.pack("<I", len(packed) | 1 << 31) + packed


def inno(stream: bytes) -> bytes:
    return PROGRAM + b"zlb\x1a" + stream


def inno_setup(data: bytes) -> bytes:
    """The packed head of Inno Setup: pieces of 4,096 bytes, each behind its check sum."""
    packed = _lzma_bare(data)
    pieces = b"".join(
        struct.pack("<I", zlib.crc32(packed[at : at + 4096])) + packed[at : at + 4096]
        for at in range(0, len(packed), 4096)
    )
    words = struct.pack("<IB", len(pieces), 1)
    return (
        PROGRAM
        + b"Inno Setup Setup Data (5.5.7)".ljust(64, b"\0")
        + struct.pack("<I", zlib.crc32(words))
        + words
        + pieces
    )


def frozen(data: bytes, *, whole: bool = True) -> bytes:
    """A program of PyInstaller: an archive of zlib streams behind it, the modules' in one of their own."""
    inner = (
        zlib.compress(data)
        if whole
        else b"PYZ\0\x6f\x0d\x0d\x0a" + struct.pack(">I", 17) + zlib.compress(b"first" * 9) + zlib.compress(data)
    )
    name = b"PYZ.pyz\0".ljust(14, b"\0")
    entry = struct.pack(">IIIIBc", 18 + len(name), 0, len(inner), len(data), whole, b"z") + name
    total = len(inner) + len(entry) + 88
    cookie = (
        b"MEI\x0c\x0b\x0a\x0b\x0e"
        + struct.pack(">IIII", total, len(inner), len(entry), 311)
        + b"libpython3.11.so".ljust(64, b"\0")
    )
    return PROGRAM + inner + entry + cookie


def _installers() -> dict[str, bytes]:
    head = bytes(200)
    solid = struct.pack("<I", 200) + head + struct.pack("<I", len(PAYLOAD)) + PAYLOAD
    return {
        "NSIS, LZMA, in one": nsis(_lzma_bare(solid)),
        "NSIS, LZMA behind a filter, in one": nsis(b"\1" + _lzma_bare(solid)),
        "NSIS, deflate, in one": nsis(_deflate(solid)),
        "NSIS, deflate, each by itself": nsis(_piece(head) + _piece(b"first file") + _piece(PAYLOAD)),
        "NSIS, bzip2": nsis(b"1\x05" + PAYLOAD[::-1]),
        "Inno Setup, LZMA": inno(_lzma_bare(PAYLOAD)),
        "Inno Setup, LZMA2": inno(b"\x18" + lzma.compress(PAYLOAD, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}])),
        "Inno Setup, zlib": inno(zlib.compress(PAYLOAD)),
        "Inno Setup, unknown": inno_setup(b"script") + inno(PAYLOAD[::-1]),
        "Inno Setup's head": inno_setup(PAYLOAD),
        "PyInstaller": frozen(PAYLOAD),
        "two of PyInstaller": frozen(PAYLOAD) + frozen(b"second" * 9),
        "PyInstaller, modules": frozen(PAYLOAD, whole=False),
    }  # fmt: skip


def _script(setup: bytes, body: bytes) -> bytes:
    return b"%!PS-Adobe-3.0\n%%BoundingBox: 0 0 9 9\n" + setup + b"\n" + body + b"\nshowpage\n%%EOF\n"


def _lengths(data: bytes) -> bytes:
    return b"".join(bytes([len(data[at : at + 9]) - 1]) + data[at : at + 9] for at in range(0, len(data), 9)) + b"\x80"


def _post_scripts() -> dict[str, bytes]:
    five = base64.a85encode(PAYLOAD, wrapcol=70) + b"~>"
    packed = zlib.compress(PAYLOAD)
    image = b"/DeviceGray setcolorspace << /ImageType 1 /DataSource currentfile %s >> image"
    return {
        "85": _script(image % b"/ASCII85Decode filter", five),
        "85 over flate": _script(image % b"/ASCII85Decode filter /FlateDecode filter", base64.a85encode(packed, wrapcol=70) + b"~>"),
        "85 over run lengths": _script(image % b"/ASCII85Decode filter /RunLengthDecode filter", base64.a85encode(_lengths(PAYLOAD)) + b"~>"),
        "hexadecimal": _script(image % b"/ASCIIHexDecode filter", PAYLOAD.hex().encode() + b">"),
        "hexadecimal over flate": _script(image % b"/ASCIIHexDecode filter /FlateDecode filter", packed.hex().encode() + b">"),
        "flate": _script(image % b"/FlateDecode filter", packed),
        "run lengths": _script(image % b"/RunLengthDecode filter", _lengths(PAYLOAD)),
        "a filter named elsewhere": _script(b"/F { currentfile /ASCII85Decode filter /FlateDecode filter } def\n" + b"% words\n" * 500 + b"F cvx exec", base64.a85encode(packed, wrapcol=70) + b"~>"),
        "85 in a string": _script(b"(x) pop", b"<~" + base64.a85encode(packed, wrapcol=70) + b"~> /FlateDecode filter"),
        "behind a head of DOS": b"\xc5\xd0\xd3\xc6" + struct.pack("<IIIIIIH", 30, 9_000, 0, 0, 0, 0, 65535) + _script(image % b"/ASCII85Decode filter", five),
    }  # fmt: skip


def forms() -> Iterator[Form]:
    """All of them, by family."""
    for family, make in {"table": _tables, "installer": _installers, "PostScript": _post_scripts}.items():
        for name, data in make().items():
            yield Form("packed", f"packed: {family}: {name}", data)

# ruff: noqa: E501 - byte recipes stand on one line each, as in the formats they lie about
"""Formats that keep packed pieces under heads of their own: versions, fonts, streams; and what is only told by name."""

import hashlib
import lzma
import random
import struct
import zlib
from collections.abc import Iterator

import cramjam
import lz4.block

from tests.evasion import packers
from tests.evasion.marker import MARKER, Form
from tests.evasion.marker import PAYLOAD as PLAIN

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(40)
PROGRAM = b"MZ" + bytes(126) + b"PE\0\0" + bytes(60)
# The marker's halves stand there before it does, so that even packers without a code for letters only point at them.
PAYLOAD = MARKER[:18] + b" " + MARKER[14:] + b"\n" + PLAIN
AT = PAYLOAD.index(MARKER) + 9


def git_object(kind: int, data: bytes, base: bytes = b"") -> bytes:
    size = len(data)
    head, size = [kind << 4 | size & 15], size >> 4
    while size:
        head[-1] |= 128
        head.append(size & 127)
        size >>= 7
    return bytes(head) + base + zlib.compress(data)


def git_pack(*objects: bytes, count: int = -1) -> bytes:
    return b"PACK" + struct.pack(">II", 2, len(objects) if count < 0 else count) + b"".join(objects) + bytes(range(20))


def _size(number: int) -> bytes:
    return packers._vint(number)


def git_delta(base: bytes, *pieces: tuple[int, int] | bytes) -> bytes:
    """A delta that copies (offset, length) of the base, and inserts bytes."""
    length = sum(len(piece) if isinstance(piece, bytes) else piece[1] for piece in pieces)
    out = _size(len(base)) + _size(length)
    for piece in pieces:
        if isinstance(piece, bytes):
            out += b"".join(
                bytes([len(piece[at : at + 127])]) + piece[at : at + 127] for at in range(0, len(piece), 127)
            )
        else:
            out += b"\xbf" + struct.pack("<I", piece[0]) + struct.pack("<H", piece[1])
    return out


def _git() -> dict[str, bytes]:
    halves = PAYLOAD[AT:] + PAYLOAD[:AT]
    swap = git_delta(halves, (len(PAYLOAD) - AT, AT), (0, len(PAYLOAD) - AT))
    blob = git_object(3, halves)
    back = (lambda at: bytes([(at >> 7) - 1 | 128, at & 127]) if at > 127 else bytes([at]))(len(blob))
    named = hashlib.sha1(b"blob %d\0" % len(halves) + halves, usedforsecurity=False).digest()
    whole = git_pack(git_object(3, PAYLOAD))
    return {
        "pack": whole,
        "pack behind a picture": PICTURE + whole,
        "pack of a delta": git_pack(blob, git_object(6, swap, back)),
        "pack of a delta by name, base behind it": git_pack(git_object(7, swap, named), blob),
        "pack of a delta, base elsewhere": git_pack(git_object(7, git_delta(bytes(9), PAYLOAD), bytes(20))),
        "pack with more than it counts": git_pack(git_object(3, b"first"), git_object(3, PAYLOAD), count=1),
        "pack with less than it counts": git_pack(git_object(3, PAYLOAD), count=9),
        "two packs": git_pack(git_object(3, b"first")) + whole,
        "bundle": b"# v2 git bundle\n" + b"0" * 40 + b" refs/heads/main\n\n" + whole,
        "pack, version 3": whole.replace(b"PACK\0\0\0\2", b"PACK\0\0\0\3"),
        "pack cut": whole[:60],
        "tag of a pack": git_pack(git_object(4, PAYLOAD)),
    }  # fmt: skip


def woff(table: bytes, *, tail: bytes = b"", meta: bytes = b"", size: int = -1) -> bytes:
    packed = zlib.compress(table)
    at = 44 + 20
    entry = b"name" + struct.pack(">IIII", at, len(packed), len(table) if size < 0 else size, 0)
    end = at + len(packed)
    words = struct.pack(
        ">IHHIHHIIIII",
        end + len(meta) + len(tail),
        1,
        0,
        999,
        1,
        0,
        end if meta else 0,
        len(meta),
        2_000,
        end + len(meta) if tail else 0,
        len(tail),
    )
    return b"wOFF\0\1\0\0" + words + entry + packed + meta + tail


def woff2(stream: bytes, tag: int = 5) -> bytes:
    import brotli

    packed = brotli.compress(stream)
    words = struct.pack(">IHHIIHHIIIII", 48 + 4 + len(packed), 1, 0, 999, len(packed), 1, 0, 0, 0, 0, 0, 0)
    entry = bytes([tag]) + _big(len(stream))
    return b"wOF2\0\1\0\0" + words + entry + packed


def _big(number: int) -> bytes:
    """UIntBase128."""
    out = [number & 127]
    while number := number >> 7:
        out.insert(0, number & 127 | 128)
    return bytes(out)


def _fonts() -> dict[str, bytes]:
    return {
        "WOFF": woff(PAYLOAD),
        "WOFF, packed description": woff(b"name " * 20, meta=zlib.compress(PAYLOAD)),
        "WOFF, a page in base64 in private data": woff(b"name " * 20, tail=packers.page(PAYLOAD)),
        "WOFF of a lying size": woff(PAYLOAD, size=7),
        "WOFF behind a picture": PICTURE + woff(PAYLOAD),
        "WOFF with a zip in a table": woff(packers.PACKERS["zip"](PAYLOAD)),
        "WOFF2": woff2(PAYLOAD),
        "WOFF2 behind a picture": PICTURE + woff2(PAYLOAD),
        "WOFF2 cut": woff2(PAYLOAD)[:90],
    }  # fmt: skip


def kernel_block(data: bytes) -> bytes:
    """A block of the lz4 that kernels have, behind its size."""
    block: bytes = lz4.block.compress(data, store_size=False)
    return struct.pack("<I", len(block)) + block


def _streams() -> dict[str, bytes]:
    lzip = packers.by_library(PAYLOAD, "raw", "lzip")
    compress = packers.by_library(PAYLOAD, "raw", "compress")
    xar = packers.by_library(PAYLOAD, "xar")
    kernel = b"\x02\x21\x4c\x18" + kernel_block(PAYLOAD)
    piece = lzma.compress(packers.cpio(PAYLOAD))
    pbzx = b"pbzx" + struct.pack(">Q", 1 << 24) + struct.pack(">QQ", 0, len(piece)) + piece
    first = packers.by_library(b"harmless", "raw", "lzip")
    return {
        "lzip": lzip,
        "lzip, two members": first + lzip,
        "lzip behind a picture": PICTURE + lzip,
        "lzip behind a program": PROGRAM + lzip,
        "lzip cut": lzip[:-30],
        "compress": compress,
        "compress behind a picture": PICTURE + compress,
        "compress behind a program": PROGRAM + compress,
        "xar behind a picture": PICTURE + xar,
        "xar behind a program": PROGRAM + xar,
        "xar with a longer head": xar[:4] + b"\0\x20" + xar[6:28] + bytes(4) + xar[28:],
        "two xars": packers.by_library(b"harmless", "xar") + xar,
        "lz4 as kernels have it": kernel,
        "lz4 as kernels have it, behind a program": PROGRAM + kernel,
        "snappy in frames": bytes(cramjam.snappy.compress(PAYLOAD)),
        "snappy in frames, behind a picture": PICTURE + bytes(cramjam.snappy.compress(PAYLOAD)),
        "pbzx": pbzx,
        "xar of pbzx": packers.by_library(pbzx, "xar"),
        "Linux package of Alpine": zlib.compress(packers.tar(b"signature")[:1024], wbits=31) + zlib.compress(packers.tar(PAYLOAD), wbits=31),
    }  # fmt: skip


def pieces_on_disk(data: bytes) -> bytes:
    """An ISO 9660 image whose one file stands in two extents, with something else between them."""

    def record(at: int, size: int, flags: int, name: bytes) -> bytes:
        body = (
            struct.pack("<I", at)
            + struct.pack(">I", at)
            + struct.pack("<I", size)
            + struct.pack(">I", size)
            + bytes(7)
            + bytes([flags, 0, 0])
            + struct.pack("<H", 1)
            + struct.pack(">H", 1)
            + bytes([len(name)])
            + name
        )
        body += b"" if len(name) % 2 else b"\0"
        return bytes([len(body) + 2, 0]) + body

    first, second = data[:AT], data[AT:]
    folder = (
        record(18, 2048, 2, b"\0")
        + record(18, 2048, 2, b"\1")
        + record(19, len(first), 0x80, b"A.PHP;1")
        + record(21, len(second), 0, b"A.PHP;1")
    )
    volume = (b"\1CD001\1\0" + bytes(148) + record(18, 2048, 2, b"\0")).ljust(2048, b"\0")
    end = b"\xffCD001\1".ljust(2048, b"\0")
    return (
        bytes(32768)
        + volume
        + end
        + folder.ljust(2048, b"\0")
        + first.ljust(2048, b"\0")
        + b"between".ljust(2048, b"\1")
        + second.ljust(2048, b"\0")
    )


def _told() -> dict[str, bytes]:
    """What nobody here reads, in places where its mark does not stand in front."""
    noise = random.Random(13).randbytes(2_000)
    squash = (
        b"hsqs"
        + struct.pack("<IIIIHHHHHHQQ", 9, 0, 131072, 1, 1, 17, 0, 1, 4, 0, 0, 96 + len(noise))
        + bytes(48)
        + noise
    )
    packed = lha(PAYLOAD)
    return {
        "squashfs behind a program": b"\x7fELF\x02\x01\x01" + bytes(57) + squash,
        "ACE": struct.pack("<HHBH", 0, 49, 0, 0) + b"**ACE**\x14\x14\x02\0" + noise,
        "ACE behind a program": PROGRAM + struct.pack("<HHBH", 0, 49, 0, 0) + b"**ACE**\x14\x14\x02\0" + noise,
        "LHA behind a program": PROGRAM + packed,
        "LHA behind a picture": PICTURE + packed,
        "disk of VirtualBox": b"<<< Oracle VM VirtualBox Disk Image >>>\n".ljust(64, b"\0") + b"\x7f\x10\xda\xbe" + noise,
        "volume of XFS": b"XFSB\0\0\x10\0" + noise,
        "volume of btrfs": bytes(0x10040) + b"_BHRfS_M" + noise,
        "volume of EROFS": bytes(1024) + b"\xe2\xe1\xf5\xe0" + noise,
        "volume of F2FS": bytes(1024) + b"\x10\x20\xf5\xf2" + noise,
        "UBI": b"UBI#\1\0\0\0" + noise,
        "Java's pack200": b"\xca\xfe\xd0\x0d\x07\x96" + noise,
        "RAR 1.4": b"RE~^" + noise,
        "Microsoft's reader": b"ITOLITLS\1\0\0\0" + noise,
    }  # fmt: skip


def lha(data: bytes) -> bytes:
    """LHA of level 0 that only claims a method: its one member is not what it says."""
    name = b"a.php"
    body = b"-lh5-" + struct.pack("<IIIBB", len(data), len(data), 0, 0x20, 0) + bytes([len(name)]) + name + b"\0\0"
    return bytes([len(body), sum(body) & 255]) + body + data[::-1] + b"\0"


def forms() -> Iterator[Form]:
    """All of them, by family."""
    families = {"git": _git, "font": _fonts, "stream": _streams, "unread": _told}
    for family, make in families.items():
        for name, data in make().items():
            yield Form("packed", f"packed: {family}: {name}", data)
    yield Form("packed", "packed: disk: a file in two pieces", pieces_on_disk(PAYLOAD), "a.iso")

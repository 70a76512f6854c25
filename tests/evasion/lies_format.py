# ruff: noqa: E501 - byte recipes stand on one line each, as in the formats they lie about
"""Formats that common tools open and that show nothing to whoever knows only the usual archives."""

import base64
import bz2
import lzma
import plistlib
import random
import struct
import zlib
from collections.abc import Iterator

from tests.evasion import packers
from tests.evasion.lies_page import URI, _page, _xml
from tests.evasion.marker import PAYLOAD, Form

PAGE = _page(URI)
NOISE = random.Random(11).randbytes(3_000)


def phar(flags: int) -> bytes:
    """A PHP archive whose one file is deflated (0x1000) or bzipped (0x2000)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(PAYLOAD) + packer.flush() if flags == 0x1000 else bz2.compress(PAYLOAD)
    entry = (
        struct.pack("<I", 5)
        + b"a.php"
        + struct.pack("<IIIIII", len(PAYLOAD), 0, len(body), zlib.crc32(PAYLOAD), flags | 0o644, 0)
    )
    manifest = struct.pack("<IHIII", 1, 0x11, 0x10000, 0, 0) + entry
    return b"<?php echo 1; __HALT_COMPILER(); ?>\r\n" + struct.pack("<I", len(manifest)) + manifest + body


def activemime(data: bytes) -> bytes:
    return (b"ActiveMime\0\0\1\xf0\4\0\0\0" + b"\xff" * 4 + b"\0\0\x07\xf0").ljust(50, b"\0") + zlib.compress(data)


def _behind(head: bytes, image: bytes) -> bytes:
    return head + image[len(head) :]


def _raw_disk(image: bytes) -> bytes:
    sectors = (image[at : at + 2048] for at in range(0, len(image), 2048))
    return b"".join(b"\0" + b"\xff" * 10 + b"\0" + b"\0\2\0\1" + sector + bytes(288) for sector in sectors)


def _flash(signature: bytes) -> bytes:
    head = signature + b"\x0a" + struct.pack("<I", len(PAYLOAD) + 8)
    if signature == b"CWS":
        return head + zlib.compress(PAYLOAD)
    packed = lzma.compress(PAYLOAD, lzma.FORMAT_ALONE)
    return head + struct.pack("<I", len(packed) - 13) + packed[:5] + packed[13:]


def _lzma(**words: int) -> bytes:
    return lzma.compress(PAYLOAD, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, **words}])


def _one_note(data: bytes) -> bytes:
    mark = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(1000)
    return (
        mark
        + bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
        + struct.pack("<Q", len(data))
        + bytes(12)
        + data
        + bytes(16)
    )


def _cab_reserved() -> bytes:
    cabinet = packers.cab(PAYLOAD)
    return cabinet[:4] + b"abcd" + cabinet[8:]


def formats() -> Iterator[Form]:
    """What is read, then what is refused by name."""
    import brotli

    heads = {"gif": b"GIF89a", "png": b"\x89PNG\r\n\x1a\n", "program": b"MZ" + bytes(100), "pdf": b"%PDF-1.4\n"}
    bodies = {"page": PAGE, "mail": packers.mail(PAYLOAD), "lzma": lzma.compress(PAYLOAD, lzma.FORMAT_ALONE)}
    for kind, head in heads.items():
        for name, body in bodies.items():
            yield Form(
                "format", f"disk behind a {kind}'s head, {name} on it", _behind(head, packers.iso(body)), f"a.{kind}"
            )
    settled = packers.rtf(PAYLOAD)
    inner = b"".join(b"{\\*\\x 11}%02x" % byte for byte in PAYLOAD)
    found = {
        "disk as on a CD": (_raw_disk(packers.iso(PAGE)), "a.bin"),
        "Flash, zlib": (_flash(b"CWS"), "a.swf"),
        "Flash, LZMA": (_flash(b"ZWS"), "a.swf"),
        "phar, deflated": (phar(0x1000), "a.phar"),
        "phar, bzipped": (phar(0x2000), "a.phar"),
        "phar behind a picture's head": (b"GIF89a" + phar(0x1000), "a.gif"),
        "cabinet with reserved bytes": (_cab_reserved(), "a.cab"),
        "zlib": (zlib.compress(PAYLOAD), "a.zz"),
        "zlib, small window": (zlib.compress(PAYLOAD, wbits=10), "object.bin"),
        "git object": (zlib.compress(b"blob %d\0" % len(PAGE) + PAGE), "0a1b2c"),
        "brotli by name": (brotli.compress(PAYLOAD), "a.html.br"),
        "lzma with odd properties": (_lzma(lc=0, lp=0, pb=0), "a.lzma"),
        "lzma with an odd dictionary": (_lzma(dict_size=5_000), "a.lzma"),
        "Android backup": (b"ANDROID BACKUP\n5\n1\nnone\n" + zlib.compress(packers.tar(PAYLOAD)), "a.ab"),
        "ActiveMime": (activemime(packers.ole(PAYLOAD)), "editdata.mso"),
        "Word's XML with ActiveMime": (_xml(b"w:binData", base64.encodebytes(activemime(packers.ole(PAYLOAD)))), "a.doc"),
        "web archive": (plistlib.dumps({"WebMainResource": {"WebResourceData": PAGE}}, fmt=plistlib.FMT_BINARY), "a.webarchive"),
        "OneNote": (_one_note(packers.mail(PAYLOAD)), "a.one"),
        "RTF with a short head": (settled.replace(b"{\\rtf1", b"{\\rt"), "a.doc"),
        "RTF object without a blank": (settled.replace(b"\\objdata ", b"\\objdata"), "a.doc"),
        "RTF object with groups in it": (b"{\\rtf1{\\object{\\*\\objdata " + inner + b"}}}", "a.rtf"),
        "notebook, metadata first": (packers.notebook(PAYLOAD).replace(b'{"cells"', b'{"metadata_": "' + b"y" * 9_000 + b'", "cells"'), "a.ipynb"),
    }  # fmt: skip
    for name, (data, file_name) in found.items():
        yield Form("format", f"format: {name}", data, file_name)
    yield from _refused()


def _refused() -> Iterator[Form]:
    heads = {
        "wim": b"MSWIM\0\0\0", "squashfs": b"hsqs", "cramfs": b"\x45\x3d\xcd\x28", "qcow2": b"QFI\xfb", "vmdk": b"KDMV\1\0\0\0",
        "lzop": b"\x89LZO\0\r\n\x1a\n", "zstd 0.7": b"\x27\xb5\x2f\xfd", "lzs": b"\x20\x80-lzs-",
        "lzfse": b"bvx2", "pack": b"\x1f\x1e", "szdd": b"SZDD\x88\xf0'3", "zisofs": b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07",
    }  # fmt: skip
    for name, head in heads.items():
        yield Form("format", f"format: {name}", head + NOISE, "object")
    yield Form("format", "format: dmg", zlib.compress(PAYLOAD) + b"koly" + struct.pack(">II", 4, 512) + bytes(500), "a")
    yield Form("format", "format: archive by its name alone", NOISE, "a.rar")
    yield Form("format", "format: archive by its type alone", NOISE, "a", "application/zip")
    yield Form("format", "format: document by its name alone", NOISE, "a.doc")


def locked() -> dict[str, bytes]:
    """Under a key: nothing but a gap is to be had."""
    return {
        "PGP": b"-----BEGIN PGP MESSAGE-----\n\n" + base64.encodebytes(NOISE) + b"-----END PGP MESSAGE-----\n",
        "age": b"age-encryption.org/v1\n-> X25519 a\nb\n--- c\n" + NOISE,
        "openssl": b"Salted__" + NOISE,
        "Android backup": b"ANDROID BACKUP\n5\n1\nAES-256\n" + NOISE,
    }

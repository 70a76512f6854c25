# ruff: noqa: E501 - byte recipes stand on one line each, as in the formats they lie about
"""All evasion forms: container × position × lie. `forms` is the whole battery, `sample` what CI runs."""

import gzip
import random
import zlib
from collections.abc import Iterator

from tests.evasion import (
    lies,
    lies_again,
    lies_data,
    lies_format,
    lies_mail,
    lies_packed,
    lies_page,
    lies_pdf,
    packers,
    zips,
)
from tests.evasion.marker import MARKER, PAYLOAD, Form

CUTS = 20
_STORED = frozenset({"zip-stored", "tar", "tar-gnu", "cpio", "cpio-odc", "ar", "cab-stored", "iso", "ole"})
_WRITTEN = frozenset({"mail", "mail-qp", "html", "svg", "rtf"})  # cut text is whole text: what is left is all there is
_OUTER = (
    "zip",
    "zip-stored",
    "tar",
    "tar.gz",
    "tar.xz",
    "gzip",
    "bzip2",
    "7z",
    "cpio",
    "ar",
    "cab",
    "iso",
    "mail",
    "docx",
    "html",
    "rtf",
    "pdf",
    "ole",
)
_INNER = (
    "gzip",
    "bzip2",
    "xz",
    "zstd",
    "lz4",
    "zip",
    "tar.gz",
    "7z",
    "deb",
    "rpm",
    "cab",
    "mail",
    "html",
    "pdf",
    "docx",
    "rtf",
)


def carriers() -> dict[str, bytes]:
    """Harmless heads that a container may hide behind."""
    ihdr = b"\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde"
    idat = zlib.compress(b"\0\0\0\0")
    png = (
        b"\x89PNG\r\n\x1a\n" + ihdr + len(idat).to_bytes(4, "big") + b"IDAT" + idat + b"\0\0\0\0\0\0\0\0IEND\xaeB`\x82"
    )
    return {
        "png": png,
        "gif": b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
        "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9",
        "wav": b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\0\0\0\0",
        "mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x08free",
        "elf": b"\x7fELF\x02\x01\x01" + b"\0" * 57,
        "pe": b"MZ" + b"\0" * 62 + b"PE\0\0" + b"\0" * 60,
        "text": b"an ordinary text, nothing more\n" * 5,
        "noise": random.Random(7).randbytes(600),
        "pdf": packers.pdf(b"harmless"),
    }  # fmt: skip


def _told(family: str, found: dict[str, bytes]) -> Iterator[Form]:
    for name, data in found.items():
        yield Form(family, f"{family}: {name}", data)


def nested() -> Iterator[Form]:
    """Every outer container around every inner one."""
    inner = {name: packers.PACKERS[name](PAYLOAD) for name in _INNER}
    for outer in _OUTER:
        for name, body in inner.items():
            yield Form("nested", f"{name} in {outer}", packers.PACKERS[outer](body))


def behind() -> Iterator[Form]:
    """A container appended to something harmless, under that thing's type."""
    types = {"png": "image/png", "gif": "image/gif", "jpeg": "image/jpeg", "pdf": "application/pdf"}
    for carrier, head in carriers().items():
        for name, pack in packers.PACKERS.items():
            if name in (
                "mail",
                "mail-qp",
                "html",
                "svg",
                "ipynb",
                "lzma",
                "iso",
                "ar",
                "cpio",
                "cpio-odc",
                "deb",
                "bzip2",
            ):
                continue  # these have no meaning behind other bytes, or no signature to be found by
            yield Form(
                "polyglot",
                f"{name} behind {carrier}",
                head + pack(PAYLOAD),
                f"object.{carrier}",
                types.get(carrier, ""),
            )


def cuts() -> Iterator[Form]:
    """Containers cut at 20 places. Where the marker stands as it is and is cut away, nothing is hidden: left out."""
    for name, pack in packers.PACKERS.items():
        whole = pack(PAYLOAD)
        for step in range(1, CUTS + 1):
            cut = whole[: max(len(whole) * step // (CUTS + 1), 20)]
            if (name in _STORED and MARKER not in cut) or (name in _WRITTEN and step < 18):
                continue
            yield Form("cut", f"{name} cut at {step} of {CUTS}", cut, f"object.{name.split('.')[-1].split('-')[0]}")


def encodings() -> Iterator[Form]:
    """Content-Encoding, stacked and lying."""
    import brotli
    import zstandard

    packs = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    yield Form("encoding", "raw deflate", raw.compress(PAYLOAD) + raw.flush(), "a.html", "text/html", "deflate")
    for name, pack in packs.items():
        yield Form("encoding", f"encoded {name}", pack(PAYLOAD), "a.html", "text/html", name)
        yield Form(
            "encoding", f"{name} undeclared order", pack(PAYLOAD), "a.html", "text/html", f"identity, {name.upper()}"
        )
        for other, second in packs.items():
            yield Form("encoding", f"{name}, {other}", second(pack(PAYLOAD)), "a.html", "text/html", f"{name}, {other}")
    yield Form("encoding", "declared gzip, is plain", PAYLOAD, "a.html", "text/html", "gzip")
    yield Form("encoding", "declared br, is gzip", gzip.compress(PAYLOAD), "a.html", "text/html", "br")
    yield Form("encoding", "nine layers", _layers(9), "a.html", "text/html", ", ".join(["gzip"] * 9))
    yield Form("encoding", "unknown word", gzip.compress(PAYLOAD)[::-1], "a.html", "text/html", "sdch")


def _layers(count: int) -> bytes:
    data = PAYLOAD
    for _ in range(count):
        data = gzip.compress(data)
    return data


def names() -> Iterator[Form]:
    """Containers under a name or type that lies."""
    for name, pack in packers.PACKERS.items():
        if name != "lzma":
            yield Form("misnamed", f"{name} named .jpg", pack(PAYLOAD), "photo.jpg", "image/jpeg")
            yield Form("misnamed", f"{name} as text", pack(PAYLOAD), "notes.txt", "text/plain; charset=utf-8")


def forms() -> Iterator[Form]:
    """Every form, in a stable order."""
    yield from (Form("plain", name, pack(PAYLOAD)) for name, pack in packers.PACKERS.items())
    yield from _told("zip", zips.lies() | lies_again.zips())
    yield from _told("tar", lies.tars())
    yield from _told("stream", lies.streams())
    yield from _told("mail", lies.mails() | lies_mail.lies())
    yield from lies_mail.named()
    yield from _told("page", lies.pages() | lies_page.lies())
    yield from lies_page.named()
    yield from _told("pdf", lies.pdfs() | lies_pdf.lies())
    yield from lies_format.formats()
    yield from lies_again.again()
    yield from lies_packed.forms()
    yield from lies_data.forms()
    yield from _told("locked", lies.locked() | lies_format.locked())
    for family in (encodings, names, behind, nested, cuts):
        yield from family()


def sample(everything: list[Form]) -> list[Form]:
    """All lies, and every ninth of the products: a few hundred forms in seconds."""
    products = [form for form in everything if form.family in ("nested", "polyglot", "cut", "misnamed")]
    return [form for form in everything if form not in products] + products[::9]

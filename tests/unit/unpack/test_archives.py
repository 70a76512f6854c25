# ruff: noqa: E501 - tables of lies stand on one line each
"""Archives: names, offsets, passwords, disagreements, and what is no disagreement at all."""

import gzip
import io
import tarfile
import zipfile

import pytest
from py7zr.exceptions import PasswordRequired

from scanner.detection.unpack import by_libarchive, sevenzip
from scanner.detection.unpack.unpacking import unpack
from scanner.detection.unpack.views import Unpacked, View
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason
from scanner.domain.findings import Layer
from scanner.domain.limits import Limits
from tests.evasion import packers
from tests.evasion.marker import MARKER, PAYLOAD
from tests.evasion.zips import Member, lies, write_zip


def opened(data: bytes, name: str = "object.bin", passwords: tuple[str, ...] = ()) -> Unpacked:
    return unpack(Sample(name, data), Limits(), passwords)


def at(found: Unpacked, path: str) -> View:
    return next(view for view in found.views if view.path == path)


def real_zip(method: int, **members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_ordinary_zip_gives_its_members_and_nothing_else(method: int) -> None:
    found = opened(real_zip(method, **{"a.txt": b"words\n" * 99, "d/b.php": b"<?php"}))
    assert [view.path for view in found.views] == ["", "a.txt", "d/b.php"]
    assert (found.gaps, found.notes) == ((), ())
    assert found.names == ("a.txt", "d/b.php")


def test_a_streamed_zip_with_descriptors_is_nothing_odd() -> None:
    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.held = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:
            self.held += data
            return len(data)

    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"words\n" * 99)
        archive.writestr("b.txt", b"more\n" * 99)
    found = opened(bytes(out.held))
    assert [view.path for view in found.views] == ["", "a.txt", "b.txt"]
    assert (found.gaps, found.notes) == ((), ())


def test_a_zip64_is_nothing_odd() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as member:
        member.write(b"words\n" * 99)
    found = opened(out.getvalue())
    assert at(found, "a.txt").data == b"words\n" * 99
    assert (found.gaps, found.notes) == ((), ())


def test_a_zip_behind_a_script_is_nothing_odd() -> None:
    body = real_zip(zipfile.ZIP_DEFLATED, **{"__main__.py": b"print(1)\n" * 9})
    found = opened(b"#!/usr/bin/env python3\n" + body, "app.pyz")
    assert found.gaps == ()
    assert at(found, "__main__.py").family in ("text", "script")


def test_stored_members_point_into_the_archive() -> None:
    data = real_zip(zipfile.ZIP_STORED, **{"a.txt": b"words of the member"})
    view = at(opened(data), "a.txt")
    assert view.offset is not None
    assert data[view.offset :][: len(view.data)] == b"words of the member"


@pytest.mark.parametrize(
    "lie",
    ["names differ", "method stored in directory", "not in directory, first", "encrypted flag on both",
     "directory of another zip behind", "claims no members", "two entries share a member", "check sum zero in directory"],
)  # fmt: skip
def test_readers_that_would_differ_are_told(lie: str) -> None:
    found = opened(lies()[lie])
    assert any(note.startswith("disagreement: ") for note in found.notes)
    assert any(MARKER in view.data for view in found.views)


@pytest.mark.parametrize("lie", ["plain", "stored", "descriptor", "zip64 sizes", "prefix, offsets shifted"])
def test_readers_that_agree_are_not(lie: str) -> None:
    assert opened(lies()[lie]).notes == ()


def test_an_encrypted_zip_is_partial_and_its_names_are_scanned() -> None:
    sealed = write_zip([Member(b"casino.exe", PAYLOAD[::-1], flags=1, method=0, central={"crc": 7}, local={"crc": 7})])
    found = opened(sealed)
    assert [(gap.reason, gap.path) for gap in found.gaps] == [(Reason.ENCRYPTED, "casino.exe")]
    assert found.names == ("casino.exe",)


def encrypted_zip(password: bytes, name: bytes = b"a.php") -> bytes:
    """The old cipher, written by the reader's own rounds: the bytes it makes from zeros are its key stream."""
    import zlib

    from scanner.detection.unpack.zip_crypt import _TABLE, _keys

    first, second, third = _keys(password)
    crc = zlib.crc32(PAYLOAD)
    out = bytearray()
    for byte in bytes(11) + bytes([crc >> 24]) + PAYLOAD:
        word = third | 2
        out.append(byte ^ (word * (word ^ 1) >> 8 & 255))
        first = first >> 8 ^ _TABLE[(first ^ byte) & 255]
        second = ((second + (first & 255)) * 134775813 + 1) & 0xFFFFFFFF
        third = third >> 8 ^ _TABLE[(third ^ second >> 24) & 255]
    fields = {"crc": crc, "size": len(PAYLOAD), "packed": len(out)}
    return write_zip([Member(name, bytes(out), method=0, flags=1, local=fields, central=fields)])


def test_an_operators_password_opens_a_zip() -> None:
    found = opened(encrypted_zip(b"s3same!x"), passwords=("wrong", "s3same!x"))
    assert found.gaps == ()
    assert at(found, "a.php").data == PAYLOAD


def test_a_password_in_the_comment_opens_a_zip() -> None:
    data = encrypted_zip(b"in-the-comment")[:-2] + b"\x18\x00" + b"password: in-the-comment"
    assert opened(data).gaps == ()


def test_a_password_in_a_text_beside_opens_an_archive_that_came_before_it() -> None:
    outer = write_zip(
        [Member(b"inner.zip", encrypted_zip(b"beside99")), Member(b"readme.txt", "解压密码：beside99".encode())]
    )
    found = opened(outer)
    assert found.gaps == ()
    assert any(MARKER in view.data for view in found.views)


def test_a_password_in_the_mail_opens_its_attachment() -> None:
    body = packers.mail(encrypted_zip(b"mailed-77")).replace(b"hello", b"the password is mailed-77")
    assert opened(body).gaps == ()


def test_an_aes_zip_opens_under_its_password() -> None:
    import hashlib
    import hmac
    import struct

    from scanner.detection.unpack.zip_crypt import _counter_stream

    salt = bytes(range(16))
    derived = hashlib.pbkdf2_hmac("sha1", b"strong-one", salt, 1000, 66)
    stream = b"".join(_counter_stream(derived[:32], len(PAYLOAD)))
    body = bytes(one ^ two for one, two in zip(PAYLOAD, stream, strict=False))
    packed = salt + derived[64:] + body + hmac.new(derived[32:64], body, "sha1").digest()[:10]
    extra = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 0)
    fields = {"crc": 0, "size": len(PAYLOAD), "packed": len(packed)}
    data = write_zip([Member(b"a.php", packed, method=99, flags=1, extra=extra, local=fields, central=fields)])
    assert {gap.reason for gap in opened(data).gaps} == {Reason.ENCRYPTED}
    found = opened(data, passwords=("strong-one",))
    assert found.gaps == ()
    assert at(found, "a.php").data == PAYLOAD


def test_an_encrypted_7z_is_partial_and_opens_under_its_password() -> None:
    sealed = packers.seven(PAYLOAD, "p4ss")
    shut, wide = opened(sealed), opened(sealed, passwords=("p4ss",))
    assert [gap.reason for gap in shut.gaps] == [Reason.ENCRYPTED]
    assert shut.names == ("payload.php",)
    assert wide.gaps == ()
    assert at(wide, "payload.php").data == PAYLOAD


def test_a_wrong_password_that_opens_a_7z_to_nothing_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen once in many runs: a directory decrypted to nonsense that happens to be valid and empty."""

    class Nonsense:
        files = ()

        def __init__(self, file: object, password: str | None = None) -> None:
            if password is None:
                raise PasswordRequired("x", "a password is needed")

        def needs_password(self) -> bool:
            return False

    sealed = packers.seven(PAYLOAD, "Zq7!never-named", header_encryption=True)
    monkeypatch.setattr(sevenzip.py7zr, "SevenZipFile", Nonsense)
    assert {gap.reason for gap in opened(sealed).gaps} == {Reason.ENCRYPTED}


def test_links_devices_and_climbing_names_of_a_tar_are_names_only() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (
            ("../../etc/cron.d/x", tarfile.SYMTYPE),
            ("dev/sda", tarfile.BLKTYPE),
            ("p", tarfile.FIFOTYPE),
        ):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd" if kind == tarfile.SYMTYPE else ""
            archive.addfile(entry)
    found = opened(out.getvalue())
    assert {"../../etc/cron.d/x", "/etc/passwd", "dev/sda", "p"} <= set(found.names)
    assert (len(found.views), found.gaps) == (1, ())


def test_a_deb_is_read_to_its_files() -> None:
    found = opened(packers.deb(PAYLOAD), "a.deb")
    assert at(found, "data.tar.xz!data.tar!payload.php").data == PAYLOAD
    assert (found.gaps, found.notes) == ((), ())


def test_names_that_are_not_utf8_are_read_as_chinese_and_as_dos() -> None:
    found = opened(write_zip([Member("木马.txt".encode("gbk"), b"words")]))
    assert found.names[0] == "木马.txt"
    assert len(found.names) == 2


def test_a_gzip_names_what_it_holds() -> None:
    out = io.BytesIO()
    with gzip.GzipFile("page.html", "wb", fileobj=out) as file:
        file.write(b"<html>")
    found = opened(out.getvalue(), "upload.gz")
    assert found.names == ("page.html",)
    assert at(found, "upload").data == b"<html>"


def test_an_unreadable_format_is_named() -> None:
    found = opened(b"ISc(" + bytes(99), "data1.cab")
    assert [(gap.reason, gap.detail) for gap in found.gaps] == [
        (Reason.UNSUPPORTED_FORMAT, "application/x-installshield")
    ]


def test_a_format_of_libarchive_without_libarchive_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_libarchive, "libarchive", None)
    found = opened(b"xar!\x00\x1c" + bytes(99))
    assert [gap.reason for gap in found.gaps] == [Reason.UNSUPPORTED_FORMAT]
    assert "libarchive" in found.gaps[0].detail


def test_all_views_keep_the_layer_raw_unless_text_was_read() -> None:
    found = opened(packers.tar(PAYLOAD))
    assert {view.layer for view in found.views} == {Layer.RAW}

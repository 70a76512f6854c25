"""Archives of rarer kinds: RAR, disk images, cabinets, ar and cpio, and what only libarchive reads."""

import io
import struct

import pycdlib
import pytest

from scanner.detection.unpack import by_libarchive
from scanner.detection.unpack.unpacking import unpack
from scanner.detection.unpack.views import Unpacked, View
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason
from scanner.domain.limits import Limits
from tests.evasion import packers
from tests.evasion.marker import MARKER, PAYLOAD


def opened(data: bytes) -> Unpacked:
    return unpack(Sample("object.bin", data), Limits())


def at(found: Unpacked, path: str) -> View:
    return next(view for view in found.views if view.path == path)


@pytest.mark.parametrize("name", sorted(packers.BY_LIBRARY))
def test_formats_of_libarchive_are_read_where_it_is_installed(name: str) -> None:
    if not by_libarchive.is_there():
        pytest.skip("libarchive is not installed")
    found = opened(packers.BY_LIBRARY[name](PAYLOAD))
    assert any(PAYLOAD in view.data for view in found.views[1:])
    assert (found.gaps, found.notes) == ((), ())


@pytest.mark.parametrize("name", sorted(packers.BY_LIBRARY))
def test_formats_of_libarchive_cut_short_leave_a_gap(name: str) -> None:
    if not by_libarchive.is_there():
        pytest.skip("libarchive is not installed")
    data = packers.BY_LIBRARY[name](PAYLOAD)
    for share in (0.3, 0.5, 0.7):
        found = opened(data[: int(len(data) * share)])
        assert found.gaps or any(MARKER in view.data for view in found.views)


def test_a_stored_rar_is_read_without_any_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_libarchive, "libarchive", None)
    found = opened(packers.rar(PAYLOAD))
    assert at(found, "payload.php").data == PAYLOAD
    assert (found.gaps, found.names) == ((), ("payload.php",))


def test_a_packed_rar_without_libarchive_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_libarchive, "libarchive", None)
    found = opened(packers.rar(PAYLOAD, method=3))
    assert [(gap.reason, gap.path) for gap in found.gaps] == [(Reason.UNSUPPORTED_FORMAT, "payload.php")]


def test_a_rar_that_libarchive_gives_nothing_of_is_damaged() -> None:
    found = opened(packers.rar(PAYLOAD, method=3))
    assert {gap.reason for gap in found.gaps} <= {Reason.DAMAGED, Reason.UNSUPPORTED_FORMAT}
    assert found.gaps


def test_an_encrypted_rar_is_partial_and_its_names_are_scanned() -> None:
    found = opened(packers.rar(PAYLOAD[::-1], locked=True))
    assert [(gap.reason, gap.path) for gap in found.gaps] == [(Reason.ENCRYPTED, "payload.php")]
    assert found.names == ("payload.php",)


def test_a_rar_cut_short_is_damaged() -> None:
    assert opened(packers.rar(PAYLOAD)[:60]).gaps


def test_a_universal_disk_image_is_read() -> None:
    image, out = pycdlib.PyCdlib(), io.BytesIO()
    image.new(udf="2.60")
    image.add_fp(io.BytesIO(PAYLOAD), len(PAYLOAD), "/PAYLOAD.PHP;1", udf_path="/payload.php")
    image.write_fp(out)
    image.close()
    found = opened(out.getvalue())
    assert any(view.data == PAYLOAD for view in found.views)
    assert found.gaps == ()


def test_a_rock_ridge_image_gives_the_long_names() -> None:
    image, out = pycdlib.PyCdlib(), io.BytesIO()
    image.new(rock_ridge="1.09")
    image.add_directory("/D", rr_name="a long folder")
    image.add_fp(io.BytesIO(PAYLOAD), len(PAYLOAD), "/D/PAYLOAD.PHP;1", rr_name="a long name.php")
    image.write_fp(out)
    image.close()
    found = opened(out.getvalue())
    assert "a long folder/a long name.php" in found.names
    assert (found.gaps, found.notes) == ((), ())


def test_a_cabinet_of_several_blocks_is_read() -> None:
    data = bytes(range(256)) * 400
    found = opened(packers.cab(data))
    assert at(found, "payload.php").data == data
    assert (found.gaps, found.notes) == ((), ())


def test_a_cabinet_that_goes_on_elsewhere_leaves_a_gap() -> None:
    data = bytearray(packers.cab(PAYLOAD))
    data[44 + 8 : 44 + 10] = b"\xfd\xff"  # the file's folder: continued from the cabinet before
    assert Reason.UNSUPPORTED_FORMAT in {gap.reason for gap in opened(bytes(data)).gaps}


def test_long_names_of_an_ar_are_read() -> None:
    names = b"a_very_long_member_name.php/\n"
    head = b"//".ljust(48) + str(len(names)).encode().ljust(10) + b"`\n" + names + b"\n" * (len(names) & 1)
    body = packers.ar(PAYLOAD, b"/0")
    found = opened(b"!<arch>\n" + head + body[8:])
    assert at(found, "a_very_long_member_name.php").data == PAYLOAD
    bsd = packers.ar(b"bsd_long_name.php\0\0\0" + PAYLOAD, b"#1/20")
    assert at(opened(bsd), "bsd_long_name.php").data == PAYLOAD


def test_a_binary_cpio_is_read() -> None:
    words = (0o070707, 0, 1, 0o100644, 0, 0, 1, 0, 0, 0, 6, 0, len(PAYLOAD))
    head = struct.pack("<13H", *words) + b"a.php\0"
    found = opened(head + PAYLOAD + b"\0" * (len(PAYLOAD) & 1))
    assert at(found, "a.php").data == PAYLOAD

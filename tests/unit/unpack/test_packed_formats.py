"""Formats that keep packed pieces under heads of their own: what they hold is seen, and what cannot be is told."""

import random
import struct
import zlib
from collections.abc import Iterator

import brotli  # type: ignore[import-untyped]
import pytest

from scanner.detection.cage.cage import Cage
from scanner.detection.unpack import git_pack
from scanner.detection.unpack.unpacking import unpack
from scanner.detection.unpack.views import Unpacked
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason
from scanner.domain.limits import Limits
from tests.evasion import lies_data, lies_packed, packers
from tests.evasion.lies_packed import PAYLOAD, PROGRAM
from tests.evasion.marker import MARKER, Form

FORMS = {form.name.removeprefix("packed: "): form for form in (*lies_packed.forms(), *lies_data.forms())}
# What cannot be read, or not to its end, by the reasons that are told.
TOLD = {
    "git: pack with less than it counts": Reason.DAMAGED,
    "git: pack cut": Reason.DAMAGED,
    "font: WOFF2 cut": Reason.DAMAGED,
    "stream: lzip cut": Reason.DAMAGED,
    "stream: xar with a longer head": Reason.UNSUPPORTED_FORMAT,
    "table: Avro of an unknown codec": Reason.UNSUPPORTED_FORMAT,
    "table: Avro, lying size": Reason.DAMAGED,
    "table: Parquet, lzo": Reason.UNSUPPORTED_FORMAT,
    "table: Parquet, lying place": Reason.DAMAGED,
    "table: Parquet, encrypted": Reason.ENCRYPTED,
    "table: two ORCs": Reason.DAMAGED,
    "table: ORC, lzo": Reason.UNSUPPORTED_FORMAT,
    "installer: NSIS, bzip2": Reason.UNSUPPORTED_FORMAT,
    "installer: Inno Setup, unknown": Reason.UNSUPPORTED_FORMAT,
    "unread: LHA behind a program": Reason.DAMAGED,
    "unread: LHA behind a picture": Reason.DAMAGED,
    **{name: Reason.UNSUPPORTED_FORMAT for name in FORMS if name.startswith("unread: ") and "LHA" not in name},
}
WHOLE = sorted(set(FORMS) - set(TOLD))


def opened(data: bytes, name: str = "object.bin") -> Unpacked:
    return unpack(Sample(name, data), Limits())


def of(form: Form) -> Unpacked:
    return opened(form.data, form.file_name)


def at(found: Unpacked, path: str) -> bytes:
    return next(view.data for view in found.views if view.path == path)


@pytest.mark.parametrize("name", WHOLE)
def test_what_a_format_packs_is_seen_and_nothing_else_is_told(name: str) -> None:
    found = of(FORMS[name])
    assert MARKER not in FORMS[name].data
    assert any(MARKER in view.data for view in found.views)
    assert found.gaps == ()


@pytest.mark.parametrize("name", sorted(TOLD))
def test_what_cannot_be_read_is_told_by_its_reason(name: str) -> None:
    assert TOLD[name] in {gap.reason for gap in of(FORMS[name]).gaps}


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    made = Cage(Limits())
    yield made
    made.close()


@pytest.mark.parametrize("name", WHOLE[::4])
def test_the_readers_need_no_file_behind_the_walls(cage: Cage, name: str) -> None:
    form = FORMS[name]
    found = cage.unpack(Sample(form.file_name, form.data))
    assert any(MARKER in view.data for view in found.views)
    assert found.gaps == ()


WORDS = {
    "the names of tables": b"PAR1 and ORC are marks, PACK, LZIP and wOFF are others; Obj\x01, xar! and hsqs as well\0",
    "a list of marks": bytes(16) + b"**ACE**\0-lh5-\0hsqs\0Inno Setup Setup Data (%s)\0NullsoftInst\0MEI\0pbzx\0UBI#\0",
    "ORC as a word": b"ORC is a word.\n" * 9,
    "a program that reads installers": PROGRAM
    + b"Inno Setup Setup Data (5.5.7)\0"
    + bytes(99)
    + b"zlb\x1a"
    + bytes(99),
    "PostScript's prolog": b"%!PS\n/F {currentfile /ASCII85Decode filter /FlateDecode filter} def\n"
    + b"0 0 moveto\n" * 99,
    "noise behind a picture": lies_packed.PICTURE + random.Random(21).randbytes(200_000),
    "two letters of compress": PROGRAM + b"\x1f\x9d\x90" + random.Random(22).randbytes(900),
}


@pytest.mark.parametrize("name", sorted(WORDS))
def test_a_mark_alone_is_no_format_and_leaves_no_gap(name: str) -> None:
    assert opened(WORDS[name]).gaps == ()


def test_objects_that_differ_are_made_anew_when_they_are_not_held_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_pack, "MOST_HELD", 1)
    texts = [random.Random(number).randbytes(300) for number in range(4)]
    places: list[int] = []
    objects = base = b""
    for text in texts:
        whole = base + text
        delta = lies_packed.git_delta(base, (0, len(base)), text) if base else text
        here = 12 + len(objects)
        back = _far(here - places[-1]) if places else b""
        objects += lies_packed.git_object(6 if base else 3, delta, back if base else b"")
        places.append(here)
        base = whole
    first = lies_packed.git_object(6, lies_packed.git_delta(texts[0], (0, 300), PAYLOAD), _far(12 + len(objects) - 12))
    found = opened(b"PACK" + struct.pack(">II", 2, 5) + objects + first + bytes(20))
    assert at(found, f"(blob at {places[3]})") == b"".join(texts)
    assert at(found, f"(blob at {12 + len(objects)})") == texts[0] + PAYLOAD
    assert found.gaps == ()


def _far(number: int) -> bytes:
    """How far in front a base stands, as a pack writes it."""
    out = [number & 127]
    while number := number >> 7:
        number -= 1
        out.insert(0, number & 127 | 128)
    return bytes(out)


def test_a_delta_that_leads_nowhere_is_damaged_and_shown_as_it_is() -> None:
    pack = lies_packed.git_pack(lies_packed.git_object(6, lies_packed.git_delta(b"abc", PAYLOAD), b"\x05"))
    found = opened(pack)
    assert [gap.reason for gap in found.gaps] == [Reason.DAMAGED]
    assert MARKER[:18] in at(found, "(delta at 12)")


def test_commits_trees_and_tags_are_one_member_each() -> None:
    objects = [lies_packed.git_object(kind, b"%d of kind %d" % (n, kind)) for n in range(50) for kind in (1, 2, 4)]
    found = opened(lies_packed.git_pack(*objects))
    assert [view.path for view in found.views] == ["", "(commits)", "(trees)", "(tags)"]
    assert at(found, "(commits)").count(b"of kind 1") == 50


def test_a_broken_table_of_a_font_does_not_hide_the_others() -> None:
    font = lies_packed.woff(PAYLOAD)
    packed = zlib.compress(b"x" * 99)[:9]
    rows = font[44:64] + b"zzzz" + struct.pack(">IIII", len(font), len(packed), 99, 0)
    moved = struct.pack(">I", 64 + 20)
    two = font[:12] + b"\0\2" + font[14:44] + rows[:4] + moved + rows[8:24]
    two += struct.pack(">I", len(font) + 20) + rows[28:] + font[64:] + packed
    found = opened(two)
    assert [gap.reason for gap in found.gaps] == [Reason.DAMAGED]
    assert MARKER in at(found, "(font)")


@pytest.mark.parametrize("font", [lies_packed.woff(bytes(99)), lies_packed.woff2(bytes(99))])
def test_an_unpacked_font_is_judged_as_a_font(font: bytes) -> None:
    found = opened(font)
    assert [(view.path, view.family) for view in found.views] == [("", "font"), ("(font)", "font")]


def test_a_large_brotli_body_is_read_to_its_end() -> None:
    page = b"".join(b"<p>line %d</p>\n" % number for number in range(80_000))
    found = unpack(Sample("a.html", brotli.compress(page), "text/html", "br"), Limits())
    assert at(found, "(br)") == page
    assert found.gaps == ()


def test_a_file_in_several_pieces_of_a_disk_is_one() -> None:
    found = of(FORMS["disk: a file in two pieces"])
    assert any(view.data == PAYLOAD and view.reader == "iso-pieces" for view in found.views)


def test_sectors_of_several_files_in_turns_are_a_gap() -> None:
    image = bytearray(packers.iso(b"x" * 5_000))
    record = image.index(b"PAYLOAD.PHP;1") - 33
    image[record + 26] = 1
    assert Reason.UNSUPPORTED_FORMAT in {gap.reason for gap in opened(bytes(image)).gaps}


def test_a_file_behind_extended_attributes_is_read_where_it_begins() -> None:
    image = lies_packed.pieces_on_disk(PAYLOAD)
    folder = image.index(b"A.PHP;1") - 33
    moved = bytearray(image)
    moved[folder + 1] = 2  # sectors of attributes: the file's own begin behind them
    found = opened(bytes(moved))
    start = struct.unpack_from("<I", image, folder + 2)[0] * 2048
    size = struct.unpack_from("<I", image, folder + 10)[0]
    assert any(view.data == image[start + 4096 : start + 4096 + size] for view in found.views)


def test_the_data_of_avro_that_is_not_packed_is_looked_into_as_it_is() -> None:
    found = opened(lies_data.avro(b"null", packers.PACKERS["gzip"](PAYLOAD)))
    assert any(MARKER in view.data for view in found.views)
    assert found.gaps == ()

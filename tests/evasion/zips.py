# ruff: noqa: E501 - byte recipes stand on one line each, as in the formats they lie about
"""Zip files written by hand, so that every field can lie."""

import struct
import zlib
from dataclasses import dataclass, field, replace

from tests.evasion.marker import PAYLOAD


@dataclass(frozen=True)
class Member:
    """One member; `local` and `central` overwrite header fields of one side only."""

    name: bytes = b"a.php"
    data: bytes = PAYLOAD
    method: int = 8
    flags: int = 0
    late: bool = False
    extra: bytes = b""
    comment: bytes = b""
    in_directory: bool = True
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)
    behind: bytes = b""

    def packed(self) -> bytes:
        if self.method == 8:
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            return packer.compress(self.data) + packer.flush()
        return self.data


def _fields(member: Member, over: dict) -> dict:
    packed = member.packed()
    fields = {
        "flags": member.flags | (8 if member.late else 0),
        "method": member.method,
        "crc": zlib.crc32(member.data),
        "packed": len(packed),
        "size": len(member.data),
        "name": member.name,
        "extra": member.extra,
    }
    return fields | over


def local_header(member: Member) -> bytes:
    over = dict(member.local)
    if member.late:
        over = {"crc": 0, "packed": 0, "size": 0} | over
    f = _fields(member, over)
    head = struct.pack(
        "<4sHHHHHIIIHH", b"PK\x03\x04", 20, f["flags"], f["method"], 0x6000, 0x5A21, f["crc"], f["packed"] & 0xFFFFFFFF,
        f["size"] & 0xFFFFFFFF, len(f["name"]), len(f["extra"]),
    )  # fmt: skip
    return head + f["name"] + f["extra"]


def central_header(member: Member, at: int) -> bytes:
    f = _fields(member, member.central)
    head = struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, f["flags"], f["method"], 0x6000, 0x5A21, f["crc"],
        f["packed"] & 0xFFFFFFFF, f["size"] & 0xFFFFFFFF, len(f["name"]), len(f["extra"]), len(member.comment), 0, 0, 0,
        f.get("at", at) & 0xFFFFFFFF,
    )  # fmt: skip
    return head + f["name"] + f["extra"] + member.comment


def end_record(count: int, size: int, at: int, comment: bytes = b"") -> bytes:
    return struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, size, at & 0xFFFFFFFF, len(comment)) + comment


def write_zip(
    members: list[Member],
    *,
    prefix: bytes = b"",
    comment: bytes = b"",
    after: bytes = b"",
    before_directory: bytes = b"",
    claimed: int | None = None,
    end: bool = True,
    shifted: bool = False,
) -> bytes:
    """The file. `shifted` counts offsets from behind the prefix, as self-extracting files do."""
    out = bytearray(prefix)
    base = len(prefix) if shifted else 0
    places = []
    for member in members:
        places.append(len(out) - base)
        packed = member.packed()
        out += local_header(member) + packed
        if member.late:
            out += struct.pack("<4sIII", b"PK\x07\x08", zlib.crc32(member.data), len(packed), len(member.data))
        out += member.behind
    out += before_directory
    at = len(out)
    listed = [(member, place) for member, place in zip(members, places, strict=True) if member.in_directory]
    for member, place in listed:
        out += central_header(member, place)
    if end:
        count = len(listed) if claimed is None else claimed
        out += end_record(count, len(out) - at, at - base, comment)
    return bytes(out) + after


PLAIN = Member(b"readme.txt", b"nothing in here\n" * 30)


def lies() -> dict[str, bytes]:
    """Every lie that a zip can tell about the member that holds the payload, by name."""
    hidden = Member()
    stored = Member(method=0)
    found = {
        "plain": write_zip([hidden]),
        "stored": write_zip([stored]),
        "second of two": write_zip([PLAIN, hidden]),
        "not in directory, first": write_zip([replace(hidden, in_directory=False), PLAIN]),
        "not in directory, last": write_zip([PLAIN, replace(hidden, in_directory=False)]),
        "no directory": write_zip([replace(hidden, in_directory=False)], end=False),
        "no end record": write_zip([hidden], end=False),
        "descriptor": write_zip([replace(hidden, late=True)]),
        "descriptor, not in directory": write_zip([PLAIN, replace(hidden, late=True, in_directory=False)]),
        "encrypted flag on both": write_zip([replace(hidden, flags=1)]),
        "encrypted flag in directory": write_zip([replace(hidden, central={"flags": 1})]),
        "encrypted flag in local header": write_zip([replace(hidden, local={"flags": 1})]),
        "strong encryption flag": write_zip([replace(hidden, flags=0x41)]),
        "method stored in directory": write_zip([replace(hidden, central={"method": 0})]),
        "method stored in local header": write_zip([replace(hidden, local={"method": 0})]),
        "method 99 in directory": write_zip([replace(hidden, central={"method": 99})]),
        "method unknown in directory": write_zip([replace(hidden, central={"method": 77})]),
        "method unknown on both": write_zip([replace(hidden, local={"method": 77}, central={"method": 77})]),
        "packed size zero": write_zip([replace(hidden, central={"packed": 0}, local={"packed": 0})]),
        "packed size short": write_zip([replace(hidden, central={"packed": 10}, local={"packed": 10})]),
        "packed size huge": write_zip([replace(hidden, central={"packed": 0x7FFFFFFF}, local={"packed": 0x7FFFFFFF})]),
        "size zero": write_zip([replace(hidden, central={"size": 0}, local={"size": 0})]),
        "size one": write_zip([replace(hidden, central={"size": 1}, local={"size": 1})]),
        "size huge": write_zip([replace(hidden, central={"size": 0xFFFFFFFE})]),
        "stored, size zero": write_zip([replace(stored, central={"size": 0, "packed": 0}, local={"size": 0, "packed": 0})]),
        "check sum wrong": write_zip([replace(hidden, local={"crc": 1}, central={"crc": 1})]),
        "check sum zero in directory": write_zip([replace(hidden, central={"crc": 0})]),
        "names differ": write_zip([replace(hidden, central={"name": b"harmless.txt"})]),
        "name empty": write_zip([replace(hidden, name=b"")]),
        "name is a folder": write_zip([replace(hidden, name=b"folder/")]),
        "name with NUL": write_zip([replace(hidden, name=b"a.txt\x00.php")]),
        "name climbs": write_zip([replace(hidden, name=b"../../../etc/a.php")]),
        "name absolute": write_zip([replace(hidden, name=b"C:\\windows\\a.php")]),
        "name of 60,000 bytes": write_zip([replace(hidden, name=b"a" * 60_000)]),
        "name in GBK": write_zip([replace(hidden, name="木马".encode("gbk"))]),
        "name with control bytes": write_zip([replace(hidden, name=b"a\x1b[2J\r\n.php")]),
        "two of one name, hidden first": write_zip([hidden, replace(PLAIN, name=b"a.php")]),
        "two of one name, hidden last": write_zip([replace(PLAIN, name=b"a.php"), hidden]),
        "claims no members": write_zip([hidden], claimed=0),
        "claims 65,535 members": write_zip([hidden], claimed=65_535),
        "claims one of two": write_zip([PLAIN, hidden], claimed=1),
        "prefix, offsets absolute": write_zip([hidden], prefix=b"MZ" + b"\0" * 500),
        "prefix, offsets shifted": write_zip([hidden], prefix=b"#!/bin/sh\nexit 0\n" * 20, shifted=True),
        "prefix, wrong offsets": write_zip([hidden], prefix=b"X" * 77, shifted=True) + b"tail",
        "payload in the prefix": write_zip([PLAIN], prefix=zlib.compress(b"x") + PAYLOAD),
        "payload in the comment": write_zip([PLAIN], comment=PAYLOAD[:60_000]),
        "payload in a member's comment": write_zip([replace(PLAIN, comment=PAYLOAD)]),
        "payload in an extra field": write_zip([replace(PLAIN, extra=struct.pack("<HH", 0xABCD, len(PAYLOAD)) + PAYLOAD)]),
        "payload after the end": write_zip([PLAIN], after=PAYLOAD),
        "payload before the directory": write_zip([PLAIN], before_directory=PAYLOAD),
        "payload between members": write_zip([replace(PLAIN, behind=PAYLOAD), PLAIN]),
        "zip after the end": write_zip([PLAIN]) + write_zip([hidden]),
        "zip in front": write_zip([hidden]) + write_zip([PLAIN]),
        "zip in the comment": write_zip([PLAIN], comment=write_zip([hidden])),
        "zip in an extra field": write_zip([replace(PLAIN, extra=struct.pack("<HH", 0xABCD, 700) + write_zip([hidden]).ljust(700, b"\0"))]),
        "zip before the directory": write_zip([PLAIN], before_directory=write_zip([hidden])),
        "offset points elsewhere": write_zip([PLAIN, replace(hidden, central={"at": 3})]),
        "two entries share a member": write_zip([hidden, replace(PLAIN, central={"at": 0})]),
        "spanned mark in front": b"PK\x07\x08" + write_zip([hidden]),
        "empty end record in front": end_record(0, 0, 0) + write_zip([hidden]),
        "empty end record behind": write_zip([hidden]) + end_record(0, 0, 0),
        "directory of another zip behind": _two_directories(),
    }  # fmt: skip
    found["zip64 sizes"] = _wide(hidden)
    return found


def _two_directories() -> bytes:
    """One set of members, two directories: readers that search from the end see only the harmless one."""
    whole = bytearray(write_zip([Member(), PLAIN], end=False))
    first = whole.find(b"PK\x01\x02")
    at = len(whole)
    entry = central_header(PLAIN, whole.find(b"PK\x03\x04", 4))
    whole += end_record(2, at - first, first)
    begin = len(whole)
    return bytes(whole) + entry + end_record(1, len(entry), begin)


def _wide(hidden: Member) -> bytes:
    packed = len(hidden.packed())
    extra = struct.pack("<HHQQ", 1, 16, len(hidden.data), packed)
    over = {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF, "extra": extra}
    return write_zip([replace(hidden, local=over, central=over)])

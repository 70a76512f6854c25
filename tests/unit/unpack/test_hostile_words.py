"""Floods of words that begin something and never end it cost what their bytes cost: seconds at most, and no crash."""

import time
import zlib

import pytest

from scanner.detection.unpack.unpacking import unpack
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason
from scanner.domain.limits import Limits

COUNT = 100_000
MAIL = b"From: a@example.org\nMIME-Version: 1.0\n\n"
FLOODS = {
    "filters of a PDF": b"%PDF-1.4\n" + b"/Filter[" * COUNT + b"stream\nx\nendstream",
    "blanks behind a filter": b"%PDF-1.4\n/Filter" + b" " * COUNT + b"stream\nx\nendstream",
    "brackets of a PDF": b"%PDF-1.4\n" + b"(a" * COUNT + b"stream\nx\nendstream",
    "lines behind BinHex": MAIL + b"BinHex 4" + b"\n" * COUNT + b"x",
    "heads of yEnc": MAIL + b"=ybegin name=\n" * COUNT,
    "data URIs": b"<html>" + b"data:;" * COUNT + b"base64,",
    "elements": b"<?xml ?>" + b"<data>" * COUNT + b"A" * COUNT,
    "document types": b"<?xml ?>" + b"<!DOCTYPE [" * COUNT + b'<!ENTITY a "b">',
    "entities of themselves": b"<?xml ?><!DOCTYPE a [" + b'<!ENTITY a "&a;">' * COUNT + b"]>&a;",
    "packs": b"\0" + (b"PACK\0\0\0\2\0\0\0\1\x30" + bytes(30)) * COUNT,
    "objects of a pack": b"PACK\0\0\0\2" + bytes(4) + (b"\x20" + zlib.compress(b"")) * COUNT,
    "fonts": b"\0" + (b"wOFF\0\1\0\0" + bytes(5) + b"\1" + bytes(30)) * COUNT,
    "fonts of a collection": b"wOF2ttcf" + bytes(40) + b"\xfd\xff\xff" + (b"\xfd\xff\xff" + bytes(4)) * COUNT,
    "members of lzip": b"\0" + b"LZIP\x01\x0c\0" * COUNT,
    "heads of compress": b"\0" + b"\x1f\x9d\x90\x41\0" * COUNT,
    "xars": b"\0" + (b"xar!\0\x1c\0\1" + bytes(8)) * COUNT,
    "blocks of lz4": b"\x02\x21\x4c\x18" + b"\1\0\0\0\0" * COUNT,
    "Avros": b"\0" + b"Obj\1avro." * COUNT,
    "words of an Avro": b"Obj\1\2" + b"\0\0" * COUNT,
    "Parquets": b"\0" + b"PAR1\x15" * COUNT + b"PAR1",
    "structs of a Parquet": b"PAR1" + b"\x1c" * COUNT + COUNT.to_bytes(4, "little") + b"PAR1",
    "chunks of an ORC": b"ORC" + b"\x06\0\0\x4b\4\0" * COUNT + b"\x10\1\x18\1ORC\7",
    "installers": b"MZ" + (bytes(4) + b"\xef\xbe\xad\xdeNullsoftInst" + bytes(8)) * COUNT,
    "chunks of Inno Setup": b"MZ\0Inno Setup" + b"zlb\x1a\x5d\0\0\1\0\0" * COUNT,
    "marks of PyInstaller": b"MZ\0" + b"MEI\x0c\x0b\x0a\x0b\x0e" * COUNT,
    "modules": b"PYZ\0" + bytes(8) + zlib.compress(b"") * COUNT,
    "volumes": b"MZ\0" + b"hsqs" * COUNT,
    "heads of LHA": b"MZ\0" + b"\x20\0-lh5-" * COUNT,
    "filters of PostScript": b"%!PS\n" + (b"/FlateDecode filter\n" + b" " * 210) * (COUNT // 50),
    "ends of ASCII85": b"%!PS\n" + b"aaaaaaaaaaaaaaaaaaaaaa~>" * (COUNT // 10),
    "zlib in PostScript": b"%!PS FlateDecode\n" + b"\x78\x9c" * COUNT,
    "fields of CMS": bytes.fromhex("308006092a864886f70d010702a08006092a864886f70d010701") + b"\xa0\x80" * COUNT,
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_beginnings_costs_little(name: str) -> None:
    before = time.process_time()
    found = unpack(Sample("object", FLOODS[name]), Limits())
    assert time.process_time() - before < 5
    assert not [gap for gap in found.gaps if gap.reason in (Reason.PARSER_CRASHED, Reason.TIMEOUT)]

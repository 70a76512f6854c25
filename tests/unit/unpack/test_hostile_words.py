"""Floods of words that begin something and never end it cost what their bytes cost: seconds at most, and no crash."""

import time

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
    "fields of CMS": bytes.fromhex("308006092a864886f70d010702a08006092a864886f70d010701") + b"\xa0\x80" * COUNT,
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_beginnings_costs_little(name: str) -> None:
    before = time.process_time()
    found = unpack(Sample("object", FLOODS[name]), Limits())
    assert time.process_time() - before < 5
    assert not [gap for gap in found.gaps if gap.reason in (Reason.PARSER_CRASHED, Reason.TIMEOUT)]

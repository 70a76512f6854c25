"""The type sniff: families, lanes that a wrong guess never narrows, and when a parser is needed."""

import pytest

from scanner.detection.sniff import extension_of, needs_parser, not_judged_of, sniff
from tests.evasion import packers
from tests.evasion.forms import carriers
from tests.evasion.marker import PAYLOAD


@pytest.mark.parametrize(
    ("head", "family", "media"),
    [
        (b"", "text", "application/x-empty"),
        (b"plain words\n", "text", "text/plain"),
        (b"<!DOCTYPE html><html>", "page", "text/html"),
        (b"\xef\xbb\xbf  <HTML>", "page", "text/html"),
        ("<html>".encode("utf-16"), "page", "text/html"),
        (b"<svg xmlns='x'>", "page", "image/svg+xml"),
        (b"<?xml version='1.0'?><rss>", "page", "text/xml"),
        (b"<?php echo 1;", "script", "text/x-script"),
        (b"<? echo 1;", "script", "text/x-script"),
        (b"<%@ Page Language='C#' %>", "script", "text/x-script"),
        (b"#!/bin/sh\n", "script", "text/x-script"),
        (b"\x7fELF\x02", "native", "application/x-elf"),
        (b"MZ\x90\x00" + bytes(80), "native", "application/vnd.microsoft.portable-executable"),
        (b"MZ is how this text begins", "text", "text/plain"),
        (b"BM is how this text begins", "text", "text/plain"),
        (b"GIF89a", "image", "image/gif"),
        (b"\x00\x01\x00\x00\x00\x0a\x00\x80\x00\x03\x00\x20OS/2" + bytes(40), "font", "font/ttf"),
        (b"\x00\x01\x00\x00\x00" + bytes(40), "unknown", "application/octet-stream"),
        (b"wOF2" + bytes(40), "font", "font/woff2"),
        (b"ttcf\x00\x02\x00\x00", "font", "font/collection"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image", "image/webp"),
        (b"\0\0\0\x18ftypmp42", "video", "video/mp4"),
        (b"ID3\x03", "audio", "audio/mpeg"),
        (b"%PDF-1.7", "document", "application/pdf"),
        (b"From: a@b\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\n", "document", "message/rfc822"),
        (b"From me to you, with love\n", "text", "text/plain"),
        (b"\x00\x01\x02\x03" * 9, "unknown", "application/octet-stream"),
        (bytes(2048), "unknown", "application/octet-stream"),
        (b"070701 is a number\n", "text", "text/plain"),
    ],
)
def test_the_family_of(head: bytes, family: str, media: str) -> None:
    found = sniff(head)
    assert (found.family, found.media_type) == (family, media)
    assert family in found.lanes


def test_declared_type_extension_and_bytes_all_open_lanes() -> None:
    found = sniff(b"GIF89a <?php system($_GET[1]); ?>", "avatar.jsp", "text/html; charset=utf-8")
    assert {"image", "script", "page"} <= found.lanes


@pytest.mark.parametrize("carrier", sorted(carriers()))
@pytest.mark.parametrize("code", [b"<?php eval(1);", b"<?=1", b"<%eval", b"<ScRiPt>", b"<jsp:x"])
def test_a_script_anywhere_opens_the_script_lane(carrier: str, code: bytes) -> None:
    assert "script" in sniff(carriers()[carrier] + bytes(5000) + code, f"a.{carrier}").lanes


@pytest.mark.parametrize("name", sorted(packers.PACKERS))
def test_every_container_needs_a_parser(name: str) -> None:
    data = packers.PACKERS[name](PAYLOAD)
    assert needs_parser(sniff(data), data)


@pytest.mark.parametrize("name", ["zip", "gzip", "7z", "xz", "zstd", "cab", "pdf", "rtf", "ole", "rpm", "tar"])
@pytest.mark.parametrize("carrier", ["png", "gif", "text", "noise", "elf"])
def test_a_container_behind_something_else_needs_a_parser(name: str, carrier: str) -> None:
    data = carriers()[carrier] + packers.PACKERS[name](PAYLOAD)
    assert needs_parser(sniff(data), data)


@pytest.mark.parametrize(
    "data",
    [
        b"ordinary text\n" * 99,
        b"<?php echo 'data: nothing';",
        b"<html><body>x &amp; y</body></html>",
        b"%PDF is a format\n" * 3,
    ],
)
def test_plain_things_need_none(data: bytes) -> None:
    assert not needs_parser(sniff(data), data)


def test_a_page_with_a_data_uri_needs_one() -> None:
    page = packers.page(PAYLOAD)
    assert needs_parser(sniff(page), page)


def test_an_extension_speaks_where_the_bytes_do_not() -> None:
    found = sniff(b"\x01\x02\x03\x04" * 9, "tool.exe")
    assert (found.family, found.sure) == ("native", False)


@pytest.mark.parametrize(
    ("name", "word"), [("a/b.PHP", "php"), ("x.tar.gz", "gz"), ("none", ""), ("a.b/c", ""), ("x. php ", " php")]
)
def test_the_extension_of(name: str, word: str) -> None:
    assert extension_of(name).strip() == word.strip()


def test_what_nothing_judges_is_named() -> None:
    assert not_judged_of("audio") == ("sound",)
    assert not_judged_of("text") == ()

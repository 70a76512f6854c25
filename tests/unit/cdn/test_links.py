"""Pages and playlists lead on, within bounds."""

import time

import pytest

from scanner.domain.cdn.links import MOST_LINKS, MOST_SEGMENTS, kind_of, led, same_site
from scanner.domain.cdn.urls import read_url

PAGE = read_url("https://w.example.com/a/index.html")


def targets(kind: str, body: str) -> list[str]:
    return [each.url.text for each in led(PAGE, kind, body.encode())[0]]


def test_links_of_a_page_are_read_against_it() -> None:
    body = """<html><meta http-equiv=refresh content="0;url=/go"><a href='b.html?x=1&amp;y=2'>b</a>
    <img src="//cdn.example.com/p.png"><a href="javascript:x()"><a href="mailto:a@b"><a href="#top">
    <form action="https://other.test/login"></form>"""
    assert targets("page", body) == [
        "https://w.example.com/go",
        "https://w.example.com/a/b.html?x=1&y=2",
        "https://cdn.example.com/p.png",
        "https://w.example.com/a/index.html",
        "https://other.test/login",
    ]


def test_a_master_playlist_leads_to_its_variants_and_a_media_playlist_to_some_segments() -> None:
    master = '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="audio.m3u8"\n'
    master += "#EXT-X-STREAM-INF:B=1\nlow.m3u8\n#EXT-X-STREAM-INF:B=2\nhi.m3u8\n"
    assert [each.kind for each in led(PAGE, "hls", master.encode())[0]] == ["playlist"] * 3
    media = "#EXTM3U\n" + "".join(f"#EXTINF:2,\n{n}.ts\n" for n in range(1_000))
    found = targets("hls", media)
    assert len(found) == MOST_SEGMENTS
    assert [found[0], found[2], found[-1]] == [f"https://w.example.com/a/{n}.ts" for n in (0, 500, 999)]


def test_a_dash_manifest_leads_to_the_first_numbers_of_each_representation() -> None:
    manifest = """<MPD><SegmentTemplate initialization="$RepresentationID$/i.mp4"
    media="$RepresentationID$/$Number%05d$.m4s" startNumber="7"/><Representation id="v1" bandwidth="1"/></MPD>"""
    found = targets("dash", manifest)
    assert "https://w.example.com/a/v1/00007.m4s" in found
    assert "https://w.example.com/a/v1/i.mp4" in found


def test_kinds_are_told_by_the_bytes_before_the_word() -> None:
    assert kind_of("x", "text/plain", b"#EXTM3U\n") == "hls"
    assert kind_of("x", "", b"<?xml?><MPD>") == "dash"
    assert kind_of("x", "text/html; charset=gbk", b"") == "page"
    assert kind_of("x", "image/png", b"\x89PNG") == ""


def test_a_hostile_page_is_read_in_bounded_time_to_bounded_links() -> None:
    began = time.process_time()
    for body in ("href=" * 400_000, '<a href="x' * 200_000, "http-equiv=refresh " * 100_000, "<BaseURL" * 200_000):
        for kind in ("page", "dash", "hls"):
            assert len(targets(kind, body)) <= MOST_LINKS + MOST_SEGMENTS
    assert len(targets("page", "".join(f'<a href="/{n}">' for n in range(5_000)))) == MOST_LINKS
    assert time.process_time() - began < 8


def test_hosts_belong_together_below_one_name() -> None:
    assert same_site("w.example.com", "img.example.com")
    assert same_site("example.com", "w.example.com")
    assert not same_site("a.com.cn", "b.com.cn")
    assert not same_site("w.example.com", "w.other.com")


def test_parts_of_a_playlist_that_were_not_drawn_are_counted() -> None:
    segments = "\n".join(f"{number}.ts" for number in range(20))
    assert led(PAGE, "hls", f"#EXTM3U\n{segments}".encode())[1] == 20 - MOST_SEGMENTS
    assert led(PAGE, "page", b"<a href='/x'>")[1] == 0


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("/my page.html", "/my%20page.html"),
        ("/ba\td\n.html", "/bad.html"),
        ("\\\\a.example\\bad.html", "/bad.html"),
        ("/find?a=b\\c d", "/find?a=b%5Cc%20d"),
    ],
)
def test_a_link_is_read_as_sloppily_as_browsers_do(written: str, path: str) -> None:
    host = "a.example" if written.startswith("\\\\") else PAGE.host
    assert targets("page", f'<a href="{written}">') == [f"https://{host}{path}"]


def test_links_without_quotation_marks_are_links() -> None:
    body = "<a href=/bad.html>x</a><IMG SRC=p.png alt=x><a href= /spaced.html>"
    assert set(targets("page", body)) == {
        "https://w.example.com/bad.html",
        "https://w.example.com/a/p.png",
        "https://w.example.com/spaced.html",
    }

"""Stand-in pages are told from pages, and an article about domains is none."""

import pytest

from scanner.adapters.cdn_contents import page_gaps
from scanner.domain.cdn.fetching import Ask, Hop, Page
from scanner.domain.cdn.parked import parked
from scanner.domain.coverage import Reason

HTML = {"content-type": "text/html; charset=utf-8"}


def page(body: bytes, url: str = "http://w.example/", hops: int = 1, **headers: str) -> Page:
    way = tuple(Hop(f"http://h{number}.example/", 302, "8.8.8.8") for number in range(hops))
    return Page(Ask("http://w.example/"), url, 200, HTML | headers, body, way)


@pytest.mark.parametrize(
    "body",
    [
        b"<html data-adblockkey='MFww'><body></body></html>",
        b"<!doctype html><script>window.park = 'eyJ1'</script>",
        b"<script src='https://img1.example/parking-lander/static/js/main.js'></script>",
        b"<html><script>window.LANDER_SYSTEM='PW'</script></html>",
        b"<html><h1>Buy this DOMAIN</h1></html>",
        "<html><title>域名出售</title>该域名正在出售,请联系我们</html>".encode(),
        "<html><body>对不起,该域名已过期</body></html>".encode(),
    ],
)
def test_a_stand_in_page_says_what_it_is(body: bytes) -> None:
    [gap] = parked(page(body), body)
    assert gap.reason is Reason.PARKED
    assert gap.detail.startswith("a stand-in page: ")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>a quiet page about flowers</html>",
        b"<html>" + b"an article about the domain trade " * 600 + b"buy this domain</html>",
        b"<html>" + b"this domain is for sale, it said. " * 600 + b"</html>",
        b"",
    ],
    ids=["plain", "at-its-end", "long", "empty"],
)
def test_other_pages_are_none(body: bytes) -> None:
    assert parked(page(body), body) == ()


def test_only_pages_are_looked_at() -> None:
    body = b"this domain is for sale"
    assert parked(page(body, **{"content-type": "image/png"}), body) == ()
    assert parked(page(body, **{"content-type": ""}), body) == ()
    assert parked(page(b"", **{"content-type": ""}), b" <p>this domain is for sale</p>") != ()


def test_a_redirect_to_where_domains_are_parked_is_told() -> None:
    [gap] = parked(page(b"x", "https://ww1.sedoparking.com/w", hops=2), b"x")
    assert gap.detail == "it leads to sedoparking.com, where domains are parked"
    assert parked(page(b"x", "https://www.example.com/w", hops=2), b"x") == ()
    own = Page(Ask("https://sedo.com/x"), "https://sedo.com/y", 200, HTML, b"x", (Hop("a", 302, "1.1.1.1"),) * 2)
    assert parked(own, b"x") == ()  # the service itself is no parked domain


def test_a_coding_that_nobody_knows_or_that_lies_hides_the_beginning_only() -> None:
    body = b"<html>this domain is for sale</html>"
    assert [gap.reason for gap in page_gaps(page(body, **{"content-encoding": "identity"}))] == [Reason.PARKED]
    for coding in ("gzip", "deflate", "br", "x-secret"):
        assert page_gaps(page(body, **{"content-encoding": coding})) == ()

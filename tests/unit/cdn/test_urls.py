"""URLs are read strictly, and written one way."""

from urllib.parse import urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.domain.cdn.urls import read_url
from scanner.errors import ContentError

SPELLINGS = {
    "http://2130706433/": "127.0.0.1",
    "http://0x7f000001/": "127.0.0.1",
    "http://0x7F.1/": "127.0.0.1",
    "http://0177.0.0.1/": "127.0.0.1",
    "http://127.1/": "127.0.0.1",
    "http://１２７.０.０.１/": "127.0.0.1",
    "http://①②⑦.0.0.1/": "127.0.0.1",
    "http://127。0。0。1/": "127.0.0.1",
    "http://[::ffff:127.0.0.1]/": "::ffff:7f00:1",
    "http://[0:0:0:0:0:0:0:1]/": "::1",
    "http://EXAMPLE.com./": "example.com",
    "http://例子.测试/": "xn--fsqu00a.xn--0zwm56d",
    "http://ｅｘａｍｐｌｅ.com/": "example.com",
}


@pytest.mark.parametrize(("text", "host"), SPELLINGS.items())
def test_a_host_has_one_spelling(text: str, host: str) -> None:
    assert read_url(text).host == host


@pytest.mark.parametrize(
    "text",
    [
        "http://user@example.com/",
        "http://example.com＠127.0.0.1/",
        "http://example.com\\@127.0.0.1/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_",
        "http:///x",
        "http://exa mple.com/",
        "http://example.com:99999/",
        "http://example.com:6379/",
        "http://example.com:22/",
        "http://[fe80::1%25lo]/",
        "http://[::1/",
        "http://256.1.1.1/",
        "http://1.2.3.4.5/",
        "http://0x100000000/",
        "http://a..b/",
        "http://%31%32%37.0.0.1/",
        "http://-x.com/",
        "//example.com/",
        "",
        "http://" + "a" * 9_000,
    ],
)
def test_what_misleads_or_is_none_is_refused(text: str) -> None:
    with pytest.raises(ContentError):
        read_url(text)


def test_a_redirect_is_read_against_its_page() -> None:
    page = read_url("https://a.example/x/y?q=1")
    assert read_url("../z#part", page).text == "https://a.example/z"
    assert read_url("//b.example:8443/", page).text == "https://b.example:8443/"
    with pytest.raises(ContentError):
        read_url("javascript:alert(1)", page)


def test_letters_of_any_script_are_encoded_in_the_target_and_escapes_left_alone() -> None:
    assert read_url("http://a.example/图%2F?q=值").target == "/%E5%9B%BE%2F?q=%E5%80%BC"


@pytest.mark.parametrize("host", ["0\xad", "0x7f\xad000001", "2130706433\u2060"])
def test_a_number_with_characters_that_idna_leaves_out_is_the_address_it_becomes(host: str) -> None:
    assert read_url(f"http://{host}/").is_address


@pytest.mark.parametrize("host", ["127.0.0\u200b.1", "1\xad27.1"])
def test_an_address_with_characters_that_idna_leaves_out_is_refused(host: str) -> None:
    with pytest.raises(ContentError, match="is no address"):
        read_url(f"http://{host}/")


@example("0\xad")
@given(st.text(max_size=60))
def test_reading_is_stable_whatever_the_text(text: str) -> None:
    try:
        once = read_url("http://" + text)
    except ContentError:
        return
    assert read_url(once.text) == once


LINKS = st.one_of(
    st.text(alphabet="/ab.?#;&=%:\t\n @é~-_", max_size=14),
    st.text(alphabet="/ab.?", max_size=10).map(lambda tail: "/" + tail),
    st.sampled_from(
        ["/a/../b", "/a/./b", "//x.example/y", "/", "/?", "/a?", "/a;", "/a#b", "http://b.example/c", "?q=1"]
    ),
)


@given(LINKS, st.sampled_from(["http://a.example/", "https://a.example:8443/x/y?z=1", "http://[::1]/d/"]))
def test_a_link_is_read_as_the_parser_reads_it(link: str, page: str) -> None:
    base = read_url(page)
    try:
        joined = urljoin(base.text, link.strip())
        expected = read_url(joined).text if joined == joined.strip() else ""
    except (ContentError, ValueError):
        expected = ""
    try:
        found = read_url(link, base).text
    except ContentError:
        found = ""
    assert found == expected

"""Links, texts and QR codes that lead to listed URLs are findings."""

import hashlib
import io
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.bootstrap_lists import RulesWithLists
from scanner.detection.listed import RULE, ListedLinks, _leads
from scanner.domain.cdn.urls import read_url
from scanner.domain.cdn.urlset import UrlSet, expressions
from scanner.domain.content import Content, Sample
from scanner.domain.coverage import Coverage
from scanner.domain.findings import Layer
from scanner.domain.known import Difference, Edition
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection, Standing, judge
from scanner.errors import SettingsError

HASHED = hashlib.sha256(b"hidden.test/casino/").hexdigest()
LISTED = UrlSet.of(
    (line, "operator.txt")
    for line in ["# gambling", "bad.test", "https://mixed.test/only/this?x=1 # one page", HASHED[:8], HASHED, ""]
)


class Plain:
    """A detector that finds nothing."""

    def detect(self, sample: Sample) -> Detection:
        kind = "image/png" if sample.data.startswith(b"\x89PNG") else "text/html"
        return Detection(Content("0" * 64, len(sample.data), kind), (), Coverage())

    def edition(self) -> Edition:
        return Edition("base", {}, "digest")

    def way(self, sample: Sample) -> str:
        return "plain"

    def changed(self, sample: Sample | None, known: Detection, difference: Difference) -> Detection | None:
        return known

    def detect_all(self, samples: Sequence[Sample]) -> list[Detection]:
        return [self.detect(sample) for sample in samples]

    def changed_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]:
        return list(known)

    def untouched_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]:
        return [None for _ in known]

    def calm_all(self, samples: Sequence[Sample], difference: Difference) -> list[bool]:
        return [False for _ in samples]

    def named(self, detection: Detection, sample: Sample) -> Detection:
        return detection


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://bad.test/", True),
        ("https://www.BAD.test/any/where?x=1", True),
        ("http://notbad.test/", False),
        ("https://mixed.test/only/this?x=1", True),
        ("https://mixed.test/only/this?x=2", False),
        ("https://mixed.test/only/", False),
        ("http://a.b.hidden.test/casino/win.html", True),
        ("http://hidden.test/", False),
        ("http://８.８.８.８/", False),
    ],
)
def test_a_url_is_looked_up_with_what_it_lies_below(url: str, found: bool) -> None:
    assert bool(LISTED.listed(read_url(url))) is found


def test_expressions_are_those_of_safe_browsing() -> None:
    assert list(expressions(read_url("http://a.b.c.test/1/2.html?q=1"))) == [
        host + path
        for host in ("a.b.c.test", "b.c.test", "c.test")
        for path in ("/1/2.html?q=1", "/1/2.html", "/", "/1/")
    ]


def test_a_line_that_is_no_url_is_refused_with_its_number() -> None:
    with pytest.raises(SettingsError, match="list:2"):
        UrlSet.of([("ok.test", "list"), ("not a url", "list")])


def test_links_and_texts_are_findings_with_their_place() -> None:
    one = ListedLinks(Plain(), lambda: LISTED, "d")
    page = b"<p>see <a href='https://bad.test/x'>here</a> or //mixed.test/only/this?x=1 and http://fine.test/</p>"
    found = one.detect(Sample("k", page))
    assert [(each.matched, each.layer, each.offset) for each in found.findings] == [
        ("https://bad.test/x", Layer.URL, page.index(b"https://bad")),
        ("http://mixed.test/only/this?x=1", Layer.URL, page.index(b"//mixed")),
    ]
    assert found.finding_count == 2
    assert one.detect(Sample("k", b"http://fine.test/")).findings == ()


def test_a_qr_code_that_leads_to_a_listed_url_is_a_finding() -> None:
    zxing = pytest.importorskip("zxingcpp", reason="the extra [image] is not installed")
    image = pytest.importorskip("PIL.Image", reason="the extra [image] is not installed")
    code = zxing.create_barcode("https://bad.test/pay", zxing.BarcodeFormat.QRCode)
    made = zxing.write_barcode_to_image(code, scale=6)
    out = io.BytesIO()
    image.fromarray(made).save(out, "PNG")
    [found] = ListedLinks(Plain(), lambda: LISTED, "d").detect(Sample("k.png", out.getvalue())).findings
    assert (found.matched, found.layer) == ("https://bad.test/pay", Layer.QR)


def test_a_listed_link_sends_the_content_to_a_person(book: Rulebook) -> None:
    class Still:
        trouble = ""

        def current(self) -> Rulebook:
            return book

    rules = RulesWithLists(Still())
    assert rules.current() is rules.current()
    assert rules.current().rule(RULE.id) == RULE
    detection = ListedLinks(Plain(), lambda: LISTED, "d").detect(Sample("k", b"http://bad.test/"))
    assert judge(detection, rules.current()).standing is Standing.SUSPECT


def test_another_list_makes_what_was_known_void() -> None:
    first, second = (ListedLinks(Plain(), lambda: LISTED, digest).edition() for digest in ("d1", "d2"))
    assert first.base != second.base
    assert first.base == ListedLinks(Plain(), lambda: LISTED, "d1").edition().base


PIECES = st.sampled_from([b"http:", b"HTTPS:", b"ttp:", b"//", b"/", b"a.example", b" ", b'"', b"x", b"&amp;"])
PLAIN = re.compile(rb"""(?:https?:)?//[^\s"'<>\\\x00-\x20]{4,2000}""", re.I)


@given(st.lists(PIECES, max_size=12).map(b"".join))
def test_the_quick_look_for_urls_finds_what_a_plain_pattern_finds(data: bytes) -> None:
    expected = [(match[0].decode().replace("&amp;", "&"), match.start()) for match in PLAIN.finditer(data)]
    assert [(text, offset) for text, _, offset in _leads(Sample("k", data), "text/plain")] == expected


ENTRIES = ["bad.example", "worse.example/shop/", "http://one.example/x?y=1"]
ENTRIES.append(hashlib.sha256(b"h.example/").hexdigest()[:16])
ASKED = ["http://bad.example/", "http://a.bad.example/q", "http://worse.example/", "http://worse.example/shop/1"]
ASKED += ["http://one.example/x?y=1", "http://one.example/x", "http://h.example/z", "http://good.example/"]


@given(st.lists(st.sampled_from(ENTRIES)), st.lists(st.sampled_from(ENTRIES)), st.sampled_from(ASKED))
def test_hosts_that_are_on_no_list_are_passed_over_and_no_others(one: list[str], two: list[str], asked: str) -> None:
    both = UrlSet.of((line, "l") for line in one).plus(UrlSet.of((line, "l") for line in two))
    slow = UrlSet(both.table, None)
    assert both.listed(read_url(asked)) == slow.listed(read_url(asked))
    assert (both.hosts is None) == any("." not in line for line in one + two)

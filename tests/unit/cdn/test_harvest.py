"""Counted requests become candidates within budgets."""

import random
from collections import Counter
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.cdn.domains import Domain, Domains, normalised, subject_of
from scanner.domain.cdn.harvest import Harvest, Why, written
from scanner.domain.cdn.sketches import HeavyHitters, Sample, Seen
from scanner.domain.cdn.urls import read_url
from scanner.domain.content import Subject
from scanner.errors import ContentError

SMALL = 1 << 16


def harvest(*domains: Domain, seen: Seen | None = None) -> Harvest:
    return Harvest(Domains.of(domains), seen or Seen(SMALL))


def rows(*urls: str, status: bytes = b"200", sent: bytes = b"9") -> Counter[tuple[bytes, bytes, bytes, bytes]]:
    return Counter((b"w.example", url.encode(), status, sent) for url in urls)


def test_new_urls_are_candidates_once() -> None:
    seen = Seen(SMALL)
    first, second = harvest(seen=seen), harvest(seen=seen)
    first.take(rows("/a", "/b"))
    first.keep(first.candidates())
    second.take(rows("/a", "/c"))
    assert {(each.url.text, each.why) for each in first.candidates()} == {
        ("http://w.example/a", Why.NEW),
        ("http://w.example/b", Why.NEW),
    }
    assert {each.url.target for each in second.candidates() if each.why is Why.NEW} == {"/c"}


def test_what_was_not_served_is_counted_and_no_candidate() -> None:
    one = harvest()
    one.take(rows("/gone", status=b"404"))
    one.take(rows("/moved", "/moved", status=b"302"))
    assert one.candidates() == []
    assert one.skipped["not-served"] == 3


def test_a_changed_length_makes_a_url_a_candidate_again() -> None:
    seen = Seen(SMALL)
    seen.add("http://w.example/a")
    one = harvest(Domain("w.example", budget=2), seen=seen)
    one.take(rows("/a", sent=b"10"))
    one.take(rows("/a", sent=b"11"))
    assert [(each.url.target, each.why) for each in one.candidates()] == [("/a", Why.CHANGED)]


def test_a_budget_holds_and_what_is_over_it_is_counted() -> None:
    one = harvest(Domain("w.example", budget=10))
    for number in range(500):
        one.take(rows(f"/{number}"))
    found, rest = one.candidates(), one.rest()
    assert (len(found), len(rest)) == (10, 30)
    assert not {each.text for each in found} & {each.text for each in rest}
    assert one.skipped["over-budget"] >= 460


def test_what_nobody_took_on_is_new_again() -> None:
    seen = Seen(SMALL)
    first, second = harvest(Domain("w.example", budget=1), seen=seen), harvest(seen=seen)
    first.take(rows(*(f"/{number}" for number in range(9))))
    kept = first.candidates() + first.rest()[:2]
    first.keep(kept)
    second.take(rows(*(f"/{number}" for number in range(9))))
    again = {each.text for each in second.candidates() if each.why is Why.NEW}
    assert len(again) == 6
    assert not again & {each.text for each in kept}


def test_the_most_requested_are_there_though_they_are_old() -> None:
    seen = Seen(SMALL)
    seen.add("http://w.example/hot")
    one = harvest(Domain("w.example", budget=20), seen=seen)
    for number in range(300):
        one.take(rows(f"/{number}", "/hot"))
    hot = [each for each in one.candidates() if each.url.target == "/hot"]
    assert [(each.why, each.requests) for each in hot] == [(Why.REQUESTED, 300)]


def test_a_query_is_kept_ignored_or_cut_down_by_domain() -> None:
    url = read_url("http://w.example/a?id=7&utm_source=x&t=1")
    assert normalised(url, Domain("w.example")).target == "/a?id=7&t=1"
    assert normalised(url, Domain("w.example", query="ignore")).target == "/a"
    assert normalised(url, Domain("w.example", query="only", names=("id",))).target == "/a?id=7"


def test_a_url_of_our_own_origin_is_scanned_as_its_object() -> None:
    domain = Domain("w.example", account="t", bucket="tenant", prefix="www/")
    subject = subject_of(read_url("http://w.example/%E5%9B%BE/a%20b.jpg?x=1"), domain)
    assert (subject.bucket, subject.key, subject.account) == ("tenant", "www/图/a b.jpg", "t")
    assert Domains.of((domain,)).from_bucket("tenant", "www/图/a b.jpg") == ("http://w.example/%E5%9B%BE/a%20b.jpg",)
    assert Domains.of((domain,)).from_bucket("tenant", "other/x") == ()


def test_a_wildcard_serves_what_is_below_it_the_longest_first() -> None:
    domains = Domains.of((Domain("*.example", account="a"), Domain("*.b.example", account="b")))
    assert domains.find("x.b.example").account == "b"
    assert domains.find("x.example").account == "a"
    assert not domains.known("other.test")


def test_bytes_that_are_no_text_are_escaped_and_not_lost() -> None:
    one = harvest()
    one.take(Counter({(b"w.example", b"/\xff\xfe", b"200", b"1"): 1, (b"w.example", b"x" * 9_000, b"200", b"1"): 1}))
    assert [each.url.target for each in one.candidates()] == ["/%FF%FE"]
    assert one.skipped["no-url"] == 1


@given(st.lists(st.lists(st.integers(0, 60), max_size=40), max_size=20))
def test_heavy_hitters_are_never_too_high_and_too_low_by_their_error(batches: list[list[int]]) -> None:
    sketch, true = HeavyHitters[int](8), Counter[int]()
    for batch in batches:
        sketch.add(Counter(batch))
        true += Counter(batch)
    assert sketch.error <= true.total() / 8
    for key, count in true.items():
        assert count - sketch.error <= sketch.counts.get(key, 0) <= count


def test_a_filter_never_forgets_and_tells_its_rate() -> None:
    seen, dice = Seen(1 << 14), random.Random(1)
    texts = [str(dice.random()) for _ in range(2_000)]
    for text in texts:
        seen.add(text)
    assert all(seen.has(text) for text in texts)
    wrongly = sum(seen.has(f"other {n}") for n in range(5_000)) / 5_000
    assert abs(wrongly - seen.wrong) < 0.03
    assert Seen(1 << 14, bytes(seen.table)).has(texts[0])


def test_a_sample_is_fair_and_stable() -> None:
    one, two = Sample(50), Sample(50)
    for number in range(1_000):
        one.add(str(number))
        two.add(str(999 - number))
    assert one.texts() == two.texts()
    assert (len(one.texts()), one.passed) == (50, 950)
    assert 250 < sum(map(int, one.texts())) / 50 < 750


HOST_BYTES = st.sampled_from([b"w.example", b"W.example.", b"127.1", b"bad host", b"[::1]", b"u@h"])
PATHS = st.one_of(
    st.binary(max_size=20).map(lambda tail: b"/" + tail),
    st.binary(max_size=20).map(lambda tail: b"http://v.example/" + tail),
    st.sampled_from([b"/a/../b", b"/a.b-c_~d", b"https://x.example", b"http://y.example:8080/q", b"x", b"/a?b=1"]),
)


@given(st.lists(st.tuples(HOST_BYTES, PATHS), max_size=6))
def test_the_short_way_writes_what_the_long_way_writes(asked: list[tuple[bytes, bytes]]) -> None:
    one, expected = harvest(), set[str]()
    for host, url in asked:
        one.take(Counter({(host, url, b"200", b"1"): 1}))
        with suppress(ContentError):
            expected.add(written(host, url, one.domains)[0])
    assert {met.text for met in one.spelled.values()} == expected


def flood(times: int, host: bytes = b"flood.example") -> Counter[tuple[bytes, bytes, bytes, bytes]]:
    return Counter({(host, b"/%d" % number, b"200", b"1"): 21 for number in range(times)})


def test_a_neighbours_flood_hides_neither_what_changed_nor_what_is_requested() -> None:
    domains = (Domain("w.example", budget=5), Domain("flood.example", budget=50))
    seen = Seen(1 << 24)
    for number in range(20):
        seen.add(f"http://w.example/{number}")
    one = harvest(*domains, seen=seen)
    for sent in (b"1", b"2"):
        one.take(Counter({(b"flood.example", b"/%d" % number, b"200", sent): 1 for number in range(21_000)}))
        one.take(rows("/7", sent=sent))
    one.take(Counter({(b"w.example", b"/3", b"200", b"1"): 20}))
    one.take(flood(60_000))
    mine = {(each.url.target, each.why) for each in one.candidates() if each.url.host == "w.example"}
    assert {("/7", Why.CHANGED), ("/3", Why.REQUESTED)} <= mine


def test_several_spellings_of_one_url_are_counted_together() -> None:
    one = harvest(Domain("w.example", query="ignore", budget=1))
    one.take(Counter({(b"w.example", b"/a?%d" % number, b"200", b"1"): 2 for number in range(5)}))
    assert one.candidates()[0].requests == 10


def test_every_answer_with_a_body_that_browsers_show_counts_as_served() -> None:
    one = harvest()
    one.take(rows("/made", status=b"201"))
    one.take(rows("/nothing", status=b"204"))
    assert [each.url.target for each in one.candidates()] == ["/made"]


def test_a_host_with_its_port_or_a_trailing_dot_is_asked_by_its_domains_scheme() -> None:
    domains = Domains.of((Domain("w.example", scheme="https"),))
    assert written(b"w.example:443", b"/a", domains) == ("https://w.example/a", "w.example")
    assert written(b"W.example.", b"/a?b", domains) == ("https://w.example/a?b", "w.example")
    assert written(b"w.example:80", b"/a?b", domains) == ("http://w.example/a?b", "w.example")


def test_who_does_not_know_the_filters_secret_finds_no_text_that_it_calls_seen() -> None:
    one, other = Seen(SMALL, key=b"one"), Seen(SMALL, key=b"two")
    assert one.digest("http://w.example/bad") != other.digest("http://w.example/bad")
    one.add("http://w.example/bad")
    assert (one.has("http://w.example/bad"), Seen(SMALL, bytes(one.table), b"two").has("http://w.example/bad")) == (
        True,
        False,
    )


def test_what_is_served_for_a_folder_is_scanned_as_it_is_served() -> None:
    domain = Domain("w.example", bucket="tenant", prefix="www/")
    for path in ("/", "/a/?x=1"):
        url = read_url(f"http://w.example{path}")
        assert subject_of(url, domain) == Subject("cdn:w.example", url.text, account="tenant")

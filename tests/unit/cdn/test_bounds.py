"""What bounds the finding of CDN content, and the corners of its values."""

import hashlib
from collections import Counter

import pytest

from scanner.domain.cdn import harvest as harvesting
from scanner.domain.cdn import links as linking
from scanner.domain.cdn import urlset as listing
from scanner.domain.cdn.domains import Domain, Domains
from scanner.domain.cdn.fetching import Ask, Page, Unfetched
from scanner.domain.cdn.harvest import Harvest
from scanner.domain.cdn.links import MOST_SEGMENTS, led
from scanner.domain.cdn.sketches import Sample, Seen
from scanner.domain.cdn.urls import read_url
from scanner.domain.cdn.urlset import UrlSet
from scanner.domain.cdn.vantage import part_difference
from scanner.domain.coverage import Gap, Reason
from scanner.errors import ContentError, SettingsError

SMALL = 1 << 16


def harvest() -> Harvest:
    return Harvest(Domains.of(()), Seen(SMALL))


def test_spellings_are_forgotten_when_there_are_too_many_and_counts_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harvesting, "SPELLED", 1)
    one = harvest()
    for _ in range(3):
        one.take(Counter({(b"a.example", b"/x", b"200", b"9"): 2}))
        one.take(Counter({(b"b.example", b"/y", b"200", b"9"): 1}))
    assert sum(sum(field.hitters.counts.values()) for field in one.fields.values()) == 9


def test_one_url_in_two_rows_of_a_block_is_counted_once_for_each() -> None:
    one = harvest()
    one.take(Counter({(b"a.example", b"/x", b"200", b"9"): 2, (b"a.example", b"/x", b"304", b"0"): 3}))
    assert [field.hitters.counts for field in one.fields.values()] == [{"http://a.example/x": 5}]


def test_hosts_beyond_a_bound_share_one_field_and_a_customers_own_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harvesting, "MOST_HOSTS", 2)
    one = Harvest(Domains.of((Domain("w.example"), Domain("*.flood.example"))), Seen(SMALL))
    hosts = [*(f"h{number}.flood.example" for number in range(9)), *(f"h{number}.test" for number in range(5))]
    for host in [*hosts, "w.example"]:
        one.take(Counter({(host.encode(), b"/x", b"200", b"9"): 1}))
    assert [*one.fields][-1] == "w.example"
    assert len(one.fields) == 2 + 1 + 2 + 1 + 1
    assert {each.url.host for each in one.candidates()} == {*hosts, "w.example"}
    assert one.skipped["hosts-together"] == 7 + 3


def test_a_manifest_of_too_many_templates_is_read_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linking, "MOST_LINKS", 3)
    media = "".join(f'<SegmentTemplate media="s{number}.m4s"/>' for number in range(50))
    found = led(read_url("https://a.example/x.mpd"), "dash", f"<MPD>{media}</MPD>".encode())[0]
    assert 0 < len(found) <= MOST_SEGMENTS
    assert {each.url.target for each in found} <= {f"/s{number}.m4s" for number in range(4)}


def test_a_sample_holds_a_text_once() -> None:
    sample = Sample(4)
    for _ in range(3):
        sample.add("the same")
    assert sample.texts() == ["the same"]


def test_digits_that_are_no_ascii_are_no_address() -> None:
    with pytest.raises(ContentError):
        read_url("http://\N{ARABIC-INDIC DIGIT FOUR}/")


def test_a_list_of_urls_is_bounded_and_an_empty_one_lists_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert UrlSet.of([("# a remark", "l"), ("", "l")]).listed(read_url("https://a.example/")) == ""
    monkeypatch.setattr(listing, "MOST", 1)
    with pytest.raises(SettingsError, match="more than 1 lines"):
        UrlSet.of([("a.example", "l"), ("b.example", "l")])


def test_a_longer_hash_is_compared_whole_and_lists_are_put_together() -> None:
    digest = hashlib.sha256(b"bad.example/").hexdigest()
    other = digest[:8] + ("0" * 8 if digest[8:16] != "0" * 8 else "1" * 8)
    near, right = UrlSet.of([(other, "near")]), UrlSet.of([(digest[:16], "right")])
    assert near.listed(read_url("https://bad.example/")) == ""
    assert near.plus(right).listed(read_url("https://bad.example/")) == "right"


def test_what_could_not_be_fetched_has_no_parts_that_differ() -> None:
    gone = Unfetched(Ask("x"), Gap(Reason.GONE, "", "status 404"), status=404)
    plain = Page(Ask("x"), "https://a.example/", 200, {}, b"some words")
    assert part_difference(gone, plain) == ()

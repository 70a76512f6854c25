"""Several visitors look at one URL; what differs is named."""

from scanner.domain.cdn.fetching import Ask, Hop, Page, Unfetched
from scanner.domain.cdn.vantage import Difference, differences, headers_of, likeness, part_difference, spans
from scanner.domain.coverage import Gap, Reason

WORDS = b"the quick brown fox jumps over the lazy dog and runs away from all that hunts it in the dark wood " * 4


def page(body: bytes, url: str = "https://a.example/", kind: str = "text/html") -> Page:
    return Page(Ask("https://a.example/"), url, 200, {"content-type": kind}, body, (Hop(url, 200, "1.1.1.1"),))


def test_moving_parts_of_a_page_are_no_difference() -> None:
    assert differences(page(WORDS + b"it is 12:01 now"), {"again": page(WORDS + b"it is 12:02 now")}) == ()


def test_other_text_for_a_spider_is_a_difference() -> None:
    found = differences(page(b"welcome to our honest flower shop of the town"), {"spider": page(WORDS)})
    assert found == (Difference("spider", "0% of its words are the same"),)


def test_each_of_several_visitors_is_held_against_the_same_page() -> None:
    shop = page(b"welcome to our honest flower shop of the town")
    found = differences(shop, {"spider": page(WORDS), "again": shop, "phone": page(WORDS + b"and more of it")})
    assert {each.vantage: each.what for each in found} == dict.fromkeys(
        ("spider", "phone"), "0% of its words are the same"
    )


def test_another_host_type_or_refusal_is_a_difference() -> None:
    gone = Unfetched(Ask("x"), Gap(Reason.GONE, "", "status 404"), status=404)
    found = differences(
        page(WORDS),
        {"phone": page(WORDS, "https://b.example/"), "plain": gone, "search": page(WORDS, kind="application/zip")},
    )
    assert {each.vantage: each.what for each in found} == {
        "phone": "it ends at b.example instead of a.example",
        "plain": "it is not served: status 404",
        "search": "it is application/zip instead of text/html",
    }


def test_what_only_one_vantage_is_served_is_a_difference() -> None:
    gone = Unfetched(Ask("x"), Gap(Reason.GONE, "", "status 404"), status=404)
    assert [each.what for each in differences(gone, {"phone": page(WORDS), "plain": gone})] == ["it is served"]


def test_likeness_is_of_runs_of_words() -> None:
    assert likeness(WORDS, WORDS) == 1.0
    assert likeness(b"", WORDS) == 0.0
    assert likeness("赌博网站欢迎您光临本站点".encode(), "赌博网站欢迎您光临本站点呀".encode()) > 0.6


def test_a_vantage_has_headers_of_its_own() -> None:
    assert "Baiduspider" in dict(headers_of("spider"))["User-Agent"]
    assert "Referer" in dict(headers_of("search"))
    assert headers_of("") == headers_of("never heard of")


def part(body: bytes, status: int = 206, **headers: str) -> Page:
    return Page(Ask("https://a.example/", span=(0, 99)), "https://a.example/", status, headers, body)


def test_an_encoding_that_could_not_be_undone_is_a_difference() -> None:
    packed = Page(Ask("x"), "https://a.example/", 200, {"content-type": "text/html", "content-encoding": "zz"}, WORDS)
    found = differences(page(WORDS), {"spider": packed})
    assert found == (Difference("spider", "its encoding is zz, which is not compared"),)


def test_a_part_that_is_not_of_the_whole_is_a_difference() -> None:
    whole = Page(Ask("x"), "https://a.example/", 200, {"etag": "e"}, WORDS)
    assert part_difference(whole, part(WORDS[:100])) == ()
    assert part_difference(whole, part(b"other")) == (Difference("range", "other bytes come when a part is asked for"),)
    assert part_difference(whole, part(WORDS[:100], **{"content-range": f"bytes 0-99/{len(WORDS) + 9}"})) == (
        Difference("range", f"its ranges are of {len(WORDS) + 9} bytes, the whole has {len(WORDS)}"),
    )
    assert part_difference(whole, part(b"whole again", status=200)) == ()
    lie = Unfetched(Ask("x"), Gap(Reason.DAMAGED, "", "9 bytes came as bytes 0-3/9"), status=206)
    assert [each.what for each in part_difference(whole, lie)] == ["its part is a lie: 9 bytes came as bytes 0-3/9"]
    unmet = Unfetched(Ask("x"), Gap(Reason.DAMAGED, "", "status 416"), status=416)
    assert [each.what for each in part_difference(whole, unmet)] == ["its part is a lie: status 416"]
    assert part_difference(whole, Unfetched(Ask("x"), Gap(Reason.GONE), status=404)) == ()


def test_a_whole_is_held_to_its_beginning_middle_and_end() -> None:
    assert spans(b"") == ()
    assert spans(b"abc") == ((0, 2), (1, 2))
    assert spans(bytes(10_000)) == ((0, 1_023), (5_000, 6_023), (8_976, 9_999))

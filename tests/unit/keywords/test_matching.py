"""What a rule hits: writings of a term, gaps, borders, windows, exceptions, views; and what a hit says."""

import pytest

from scanner.domain.findings import Layer
from scanner.keywords.matcher import Matcher
from scanner.keywords.scanning import MAX_PER_RULE
from scanner.text.views import name_view, plain_view, text_views
from tests.unit.keywords.packs import group_pack, hits, sample_pack, words

TERM = group_pack("a: [娱乐城]")


@pytest.mark.parametrize(
    "written",
    [
        "娛樂城",  # traditional
        "娱-乐-城",  # one mark
        "娱**乐~~城",  # two marks
        "娱\u200b\u200b\u200b\u200b乐\u202e城",  # invisible ones, any number
        "娱 乐 城",
        "女吴乐城",  # a split character
        "娱\n乐\n城",
        "  娱\r\n\r\n    乐\r\n\r\n\r\n   城\n",  # one character a line, however far apart
        "\u5a31\ufe00乐城",  # a variation selector
    ],
)
def test_every_writing_of_a_term_is_a_hit(written: str) -> None:
    assert len(hits(TERM, f"来\n{written}\n玩" if "\n" in written else f"来{written}玩")) == 1


def test_more_marks_than_the_gap_part_a_term() -> None:
    assert words(TERM, "娱***乐城") == []
    assert words(group_pack("a: [娱乐城]", gap=3), "娱***乐城") == ["娱***乐城"]
    assert words(group_pack("a: [娱乐城]", gap=0), "娱*乐城") == []


def test_a_block_break_parts_a_term() -> None:
    views, _ = text_views("<div>娱乐</div><div>城里人</div>".encode(), "page")
    assert Matcher.build([TERM]).scan(views) == ()


def test_full_width_and_mathematical_letters_are_letters() -> None:
    pack = group_pack("a: [bet365]")
    assert words(pack, "来 ＢＥＴ３６５ 玩") == ["ＢＥＴ３６５"]
    assert words(pack, "来 𝓫𝓮𝓽𝟛𝟞𝟝 玩") == ["𝓫𝓮𝓽𝟛𝟞𝟝"]
    assert words(pack, "来 bеt③⑥⑤ 玩") == ["bеt③⑥⑤"]  # a Cyrillic е, circled digits


def test_a_word_is_not_hit_inside_a_longer_one() -> None:
    pack = group_pack("a: [bbin]")
    assert words(pack, "bbinary xbbin bbin2") == []
    assert words(pack, "玩bbin吧") == ["bbin"]
    assert words(group_pack("a: [{t: bbin, word: false}]"), "xbbiny") == ["bbin"]


def test_letters_of_two_words_make_no_third() -> None:
    pack = group_pack("a: [bbin]")
    assert words(pack, "a club b&b in paris") == []
    assert words(pack, "b b i n") == ["b b i n"]
    assert words(pack, "b.b.i.n") == ["b.b.i.n"]


def test_a_term_of_two_words_keeps_its_own_space() -> None:
    pack = group_pack("a: [send money]", gap=0)
    assert words(pack, "please send money now") == ["send money"]
    assert words(pack, "please send  money now") == []
    assert words(pack, "please sendmoney now") == ["sendmoney"]


def test_a_sound_term_is_found_by_its_homophones_and_by_its_spelling() -> None:
    pack = group_pack("a: [{t: 百家乐, sound: true}]")
    assert words(pack, "来玩白加了吧") == ["白加了"]
    assert words(pack, "来玩 baijiale 吧") == ["baijiale"]
    assert words(pack, "来玩 bai jia le 吧") == ["bai jia le"]
    assert words(group_pack("a: [百家乐]"), "来玩白加了吧") == []


def test_blurred_syllables_sound_alike() -> None:
    pack = group_pack("a: [{t: 真人视讯, sound: true}]")
    assert words(pack, "看怎人四讯") == ["怎人四讯"]  # zh/z, sh/s, en


def test_a_rule_may_ask_for_sound_in_all_its_long_terms() -> None:
    pack = sample_pack(("  gap: 2\n", "  gap: 2\n  sound: true\n"))
    assert words(pack, "澳门鱼乐成首存就送") == ["鱼乐成"]


def test_a_pack_may_ask_for_sound_in_all_its_rules() -> None:
    pack = sample_pack(("exceptions:", "sound: true\nexceptions:"))
    assert words(pack, "澳门鱼乐成首存就送") == ["鱼乐成"]
    silent = sample_pack(("exceptions:", "sound: true\nexceptions:"), ("  gap: 2\n", "  gap: 2\n  sound: false\n"))
    assert words(silent, "澳门鱼乐成首存就送") == []


def test_a_pattern_is_seen_through_marks_that_only_part_its_hanzi() -> None:
    pack = group_pack("a: [首存]", "a and hourly", extra="patterns: {hourly: '小时\\d{3}'}\n")
    assert words(pack, "首存 小*时500") == ["首存"]
    assert words(pack, "首存 小★~时500") == ["首存"]
    assert words(pack, "首存 小，时500") == []


def test_an_exact_term_is_hit_only_as_written() -> None:
    pack = group_pack("a: [{t: 賭場, exact: true}]")
    assert words(pack, "去賭場玩") == ["賭場"]
    assert words(pack, "去赌场玩 去賭-場玩") == []


def test_a_hit_inside_an_exception_is_void() -> None:
    pack = group_pack("a: [皇冠]", extra="exceptions: [皇冠假日]\n")
    assert words(pack, "住皇冠假日酒店") == []
    assert words(pack, "住皇冠假日酒店，玩皇冠") == ["皇冠"]


def test_the_condition_must_hold_inside_one_window() -> None:
    pack = group_pack("a: [首存]\n    b: [返水]", "a and b", window=10)
    assert words(pack, "首存" + "的" * 6 + "返水") == ["首存"]
    assert words(pack, "首存" + "的" * 7 + "返水") == []


def test_distances_count_folded_characters() -> None:
    pack = group_pack("a: [首存]\n    b: [返水]", "near(a, b, 3)")
    assert words(pack, "首存，。！？ ~~~~ 的的的返水") == ["首存"]
    assert words(pack, "首存的的的的返水") == []


def test_seq_asks_for_the_order() -> None:
    pack = group_pack("a: [首存]\n    b: [返水]", "seq(a, b, 5)")
    assert words(pack, "首存返水") == ["首存"]
    assert words(pack, "返水首存") == []


def test_n_counts_distinct_terms_and_hits_counts_hits() -> None:
    assert words(group_pack("a: [首存, 返水]", "n(a) >= 2"), "首存首存首存") == []
    assert words(group_pack("a: [首存, 返水]", "n(a) >= 2"), "首存返水") == ["首存"]
    assert words(group_pack("a: [首存, 返水]", "hits(a) >= 3"), "首存首存首存") == ["首存"]


def test_score_adds_the_weights_of_distinct_terms() -> None:
    pack = group_pack("a: [{t: 首存, weight: 3}, 返水]", "score() >= 4")
    assert words(pack, "首存首存") == []
    assert words(pack, "返水，首存") == ["首存"]


def test_density_is_the_share_of_the_window_that_lies_in_hits() -> None:
    pack = group_pack("a: [首存]", "density(a) >= 0.5", window=8)
    assert words(pack, "首存首存的的的的") == ["首存"]
    assert words(pack, "首存的的的的的的的的") == []


def test_not_looks_round_the_window_too() -> None:
    pack = group_pack("a: [首存]\n    b: [公告]", "a and not b", window=10)
    assert words(pack, "首存的的的") == ["首存"]
    assert words(pack, "公告的的的首存") == []
    assert words(pack, "公告" + "的" * 20 + "首存") == ["首存"]


def test_unless_looks_at_the_whole_view() -> None:
    pack = sample_pack()
    assert words(pack, "澳门娱乐城首存就送") == ["娱乐城"]
    assert words(pack, "澳门娱乐城首存就送" + "的" * 5_000 + "判决书") == []


def test_a_window_of_zero_is_the_whole_view() -> None:
    pack = group_pack("a: [首存]\n    b: [返水]", "a and b", window=0)
    assert words(pack, "首存" + "的" * 200_000 + "返水") == ["首存"]


def test_a_pattern_is_seen_in_plain_form_and_before_its_term() -> None:
    pack = sample_pack()
    text = "ｗｗｗ．a\u200bbc．ｃｏｍ 真人荷官，娱乐城" + "的" * 60 + "返水"
    assert len(hits(pack, text)) == 1
    assert hits(pack, text.replace("ｗｗｗ", "")) == ()


def test_a_rule_runs_only_on_its_views() -> None:
    pack = sample_pack(("  window: 200\n", "  window: 200\n  views: [name, source]\n"))
    matcher = Matcher.build([pack])
    text = "娱乐城首存"
    assert matcher.scan([plain_view(text, Layer.TEXT)]) == ()
    assert len(matcher.scan([plain_view(text, Layer.TEXT, (Layer.SOURCE,))])) == 1
    assert len(matcher.scan([name_view("img/%E5%A8%B1乐城-首存.jpg")])) == 1


def test_a_hit_says_which_words_made_it_true_and_where() -> None:
    text = "开头 澳门娛*樂城，现在首存就送"
    data = text.encode("gb18030")
    views, _ = text_views(data, "text")
    (hit,) = Matcher.build([sample_pack()]).scan(views[:1])
    assert hit.original == "娛*樂城"
    assert hit.folded == "娱乐城"
    assert hit.offset is not None
    assert data[hit.offset : hit.offset + hit.length].decode("gb18030") == "娛*樂城"
    assert [(word.group, word.term, word.original) for word in hit.words] == [
        ("venue", "娱乐城", "娛*樂城"),
        ("bonus", "首存", "首存"),
    ]
    assert hit.why == "venue: 娱乐城; bonus: 首存 — near(venue, bonus, 40) or (n(venue) >= 2 and bonus and url)"
    assert "澳门娛*樂城" in hit.excerpt


def test_hits_of_one_rule_in_one_view_are_bounded_and_apart() -> None:
    text = "娱乐城" + "的" * 300
    found = hits(TERM, text * (MAX_PER_RULE + 5))
    assert len(found) == MAX_PER_RULE


def test_the_same_place_seen_in_two_encodings_is_told_once() -> None:
    views, _ = text_views("娱乐城".encode(), "text", "iso-8859-1")
    assert len(views) == 2
    assert len(Matcher.build([TERM]).scan([views[0], views[0]])) == 1

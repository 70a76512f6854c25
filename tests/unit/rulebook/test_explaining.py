"""Why a rule hits or not."""

from pathlib import Path

from scanner.keywords.packs import parse_pack
from scanner.rulebook.explaining import explain_yara, explanation_lines
from scanner.rulebook.explaining_words import explain_words, words_lines
from scanner.rulebook.load import load_rulebook
from tests.unit.rulebook.house import PACK, RULE, rules_folder

ID = "webshell.php-eval-request"
PRIVATE = 'private rule is_php { strings: $a = "<?php" condition: $a }\n'
CONDITION = RULE.replace("    $eval\n}", "    is_php and ($eval or $other) and not filesize > 1KB\n}").replace(
    "  condition:", '    $other = "assert_options"\n  condition:'
)


def test_a_hit_shows_each_string_and_each_part_of_the_condition(tmp_path: Path) -> None:
    book = load_rulebook(rules_folder(tmp_path, {"yara/webshell/php.yar": PRIVATE + CONDITION}))
    found = explain_yara(book.rules[ID], book.yara[0], b"<?php eval($_GET['x']);")
    assert found.hit
    assert [(each.name, each.count) for each in found.strings] == [("$eval", 1), ("$other", 0)]
    assert found.strings[0].places == ((6, b"eval($_GET"),)
    assert found.condition.word == "and"
    assert [part.holds for part in found.condition.parts] == [True, True, True]
    assert [part.holds for part in found.condition.parts[1].parts] == [True, False]
    assert [each.rule for each in found.needed] == ["is_php"]


def test_a_miss_shows_which_part_fails(tmp_path: Path) -> None:
    book = load_rulebook(rules_folder(tmp_path, {"yara/webshell/php.yar": PRIVATE + CONDITION}))
    found = explain_yara(book.rules[ID], book.yara[0], b"<? eval($_GET['x']); " + b" " * 2000)
    assert not found.hit
    assert [part.holds for part in found.condition.parts] == [False, True, False]
    lines = "\n".join(explanation_lines(found))
    assert "✗ is_php" in lines
    assert "✗ not:" in lines
    assert "✓ filesize > 1KB" in lines


def test_control_bytes_of_a_match_are_escaped(tmp_path: Path) -> None:
    book = load_rulebook(
        rules_folder(tmp_path, {"yara/webshell/php.yar": RULE.replace("\\s{0,8}\\(", "[\\x00-\\x20]{0,8}\\(")})
    )
    found = explain_yara(book.rules[ID], book.yara[0], b"eval\x1b\x07($_GET")
    assert "\x1b" not in "\n".join(explanation_lines(found))
    assert "\\x1b" in "\n".join(explanation_lines(found))


def test_a_keyword_hit_shows_its_words_and_windows() -> None:
    found = explain_words(parse_pack("p", PACK), "gambling.online-casino", "澳门娱乐城，首存返水".encode(), "text")
    assert [(group.name, group.words) for group in found.groups] == [
        ("bonus", ("首存返水",)),
        ("venue", ("澳门娱乐城",)),
    ]
    assert [part.holds for part in found.parts] == [True]
    assert len(found.hits) == 1
    assert any("near(venue, bonus, 40)" in line for line in words_lines(found))


def test_a_keyword_miss_shows_what_was_not_seen() -> None:
    found = explain_words(parse_pack("p", PACK), "gambling.online-casino", "澳门娱乐城旅游".encode(), "text")
    assert [(group.name, group.words) for group in found.groups] == [("bonus", ()), ("venue", ("澳门娱乐城",))]
    assert [part.holds for part in found.parts] == [False]
    assert found.hits == ()
    assert "    ✗ none in which the condition holds" in list(words_lines(found))


def test_a_keyword_miss_shows_what_exculpates() -> None:
    text = "被告人开设澳门娱乐城，送彩金".encode()
    found = explain_words(parse_pack("p", PACK), "gambling.online-casino", text, "text")
    assert [(group.name, group.words) for group in found.exculpated] == [("law", ("被告人",))]
    assert found.hits == ()

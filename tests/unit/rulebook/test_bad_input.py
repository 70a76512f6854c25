"""Wrong values: each is refused with what it is, where it stands and how to mend it."""

from datetime import date
from pathlib import Path

import pytest

from scanner.keywords.packs import parse_pack
from scanner.rulebook.explaining_words import explain_words, words_lines
from scanner.rulebook.load import inspect_rulebook
from scanner.rulebook.problems import Level, Problem, errors_of, render
from scanner.rulebook.samples import MAX_SAMPLE, pack_bytes, read_samples, unpack_bytes
from scanner.rulebook.sources import read_sources
from scanner.rulebook.yamlfile import MAX_BYTES, read_yaml
from tests.unit.rulebook.house import PACK, SAMPLES, SHIPPED, folder, rules_folder

POLICY = (SHIPPED / "policy.yaml").read_text(encoding="utf-8")
AGREEMENT = (SHIPPED / "agreement.yaml").read_text(encoding="utf-8")
ROW = "3.1.3.7: {review_at: medium, suspend_at: high, measure: suspend, ceiling: suspend, keep: bytes"
ID = "gambling.online-casino"
GRANT = "owner: o, legal_basis: l, review_date: 2099-01-01, expiry: 2099-12-31"
LIST = """\
id: hashes.x
clause: 3.1.3.7
severity: high
confidence: high
ceiling: suspend
status: review
description: A list
"""


def said(tmp_path: Path, files: dict[str, str], overlay: dict[str, str] | None = None) -> list[str]:
    """What refuses these files."""
    own = folder(tmp_path / "overlay", overlay) if overlay else None
    _, problems = inspect_rulebook(rules_folder(tmp_path, files), own, date(2026, 11, 24))
    assert all(each.mend and each.file for each in errors_of(problems))
    return [f"{each.key}: {each.message}" for each in errors_of(problems)]


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("retention_days: 180", "retention_days: -1", "retention_days = -1 is no whole number above 0"),
        ("retention_days: 180", "retention_days: 179", "retention_days 179 is below the floor"),
        ("day_one: true", "day_one: 1", "day_one = 1 is neither true nor false"),
        ("measure: suspend", "measure: delete", "measure = 'delete' is not known"),
        ("keep: bytes", "keep: all", "keep = 'all' is not known"),
        ("review_at: medium", "review_at: critical", "review_at is above suspend_at"),
    ],
)
def test_a_wrong_value_in_the_policy_is_named(was: str, now: str, expected: str, tmp_path: Path) -> None:
    line = next(line for line in POLICY.splitlines() if ROW in line)
    assert said(tmp_path, {"policy.yaml": POLICY.replace(line, line.replace(was, now))}) == [f"3.1.3.7: {expected}"]


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (POLICY, "- a list", ": is no mapping"),
        ("3.1.3.7: {", "3.1.3.77: {", "3.1.3.77: unknown clause"),
        ("protected: []", "protected: all", "protected: protected is no list of texts"),
        ("[over-ratio, timeout", "[rainy, timeout", "partial_to_review: unknown reason 'rainy'"),
        ("page: [raw, source, text, url]", "page: [raw, smell]", "owed: unknown view 'smell'"),
        ("  video: [raw]\n", "", "video: the family owes nothing"),
        ("  video: [raw]\n", "  video: [raw]\n  film: [raw]\n", "owed: unknown key 'film'"),
    ],
)
def test_a_wrong_policy_is_named(was: str, now: str, expected: str, tmp_path: Path) -> None:
    assert expected in said(tmp_path, {"policy.yaml": POLICY.replace(was, now)})


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (AGREEMENT, "title: x\n", "clauses: there is no list of clauses"),
        ("- number: 3.1.3.9\n", "- number: 3.1.3.8\n", "clauses[16]: clause 3.1.3.8 stands twice"),
        ("{superstition: review}", "{superstition: sometimes}", "clauses[7]: superstition: 'sometimes' is no ceiling"),
        ("title:", "title: x\nmotto:", "motto: unknown key 'motto'"),
    ],
)
def test_a_wrong_agreement_is_named(was: str, now: str, expected: str, tmp_path: Path) -> None:
    assert expected in said(tmp_path, {"agreement.yaml": AGREEMENT.replace(was, now)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("disable: everything\n", "disable: is no list"),
        ("disable: [{rule: 'webshell.*', reason: r, owner: o, until: soon}]\n", "disable[0]: until = 'soon' is no day"),
        (
            "regrade: [{rule: '*', severity: grave, reason: r, owner: o}]\n",
            "regrade[0]: severity = 'grave' is not known",
        ),
        ("regrade: [{rule: 'webshell.*', severity: low}]\n", "regrade[0]: reason is missing"),
        ("extend: [{pack: p, terms: [a], reason: r, owner: o}]\n", "extend[0]: lists or terms are not groups of words"),
        (
            f"own: [{{file: keywords/none.yaml, {GRANT}}}]\n",
            "keywords/none.yaml: there is no file 'keywords/none.yaml'",
        ),
        ("wishes: []\n", "wishes: unknown key 'wishes'"),
        ("own: [\n", "is not YAML"),
    ],
)
def test_a_wrong_overlay_is_named(text: str, expected: str, tmp_path: Path) -> None:
    assert any(expected in each for each in said(tmp_path, {}, {"overlay.yaml": text}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- no mapping\n", ": is no hash list"),
        (LIST + "file: none.txt\n", "hashes.x: there is no file 'none.txt' beside the list"),
        (LIST + "entries: {sha256: a}\n", "hashes.x: is no list"),
        (LIST + "entries: [{pdq: 12}]\n", "hashes.x: '12' is no hash"),
        (LIST + "file: bad.txt\n", "hashes.x: is no sha256"),
        (LIST.replace("3.1.3.7", "3.1.3.5.8"), "hashes.x: ceiling suspend is above that of clause 3.1.3.5.8"),
        (LIST + "allow: perhaps\n", "hashes.x: allow = 'perhaps' is neither true nor false"),
        (LIST + "colour: red\n", "hashes.x: unknown key 'colour'"),
    ],
)
def test_a_wrong_hash_list_is_named(text: str, expected: str, tmp_path: Path) -> None:
    own = {
        "overlay.yaml": f"own: [{{file: hashes/x.yaml, {GRANT}}}]\n",
        "hashes/x.yaml": text,
        "hashes/bad.txt": "xyz\n",
    }
    assert expected in said(tmp_path, {}, own)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a list\n", ": is no mapping"),
        ("pack: x\n", ": holds no rule"),
        ("rules: [text]\n", ": is no rule"),
        ("a: &x [1]\nb: *x\n", ": a YAML alias"),
    ],
)
def test_a_wrong_pack_is_named(text: str, expected: str, tmp_path: Path) -> None:
    assert expected in said(tmp_path, {"keywords/x.yaml": text})


def test_a_yara_rule_asked_of_an_unknown_lane_is_refused(tmp_path: Path) -> None:
    rule = (rules_folder(tmp_path) / "yara/webshell/php.yar").read_text(encoding="utf-8")
    found = said(tmp_path, {"yara/webshell/php.yar": rule.replace('lane = "script"', 'lane = "fast"')})
    assert found == ["webshell.php-eval-request: lane = 'fast' is not known"]


def test_a_scorer_is_read_under_the_same_contract(tmp_path: Path) -> None:
    text = LIST.replace("hashes.x", "harassment.score").replace("3.1.3.7", "3.1.3.5.7").replace("suspend", "review")
    book, problems = inspect_rulebook(rules_folder(tmp_path, {"scorers/h.yaml": f"pack: h\nversion: 1\n{text}"}))
    assert errors_of(problems) == ()
    assert book is not None
    assert (book.rules["harassment.score"].kind, book.scorers[0].path) == ("scorer", "scorers/h.yaml")


def test_a_file_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.rulebook.yamlfile.MAX_BYTES", 10)
    assert "is over 10 characters" in read_yaml("x.yaml", "a: 12345678").problems[0].message
    assert MAX_BYTES > 10


@pytest.mark.parametrize("text", ["{" * 3000, "a: !!python/object:os.system x", "a: \x00", "2001-99-99", "[1, 2"])
def test_hostile_yaml_is_refused_and_never_run(text: str) -> None:
    read = read_yaml("x.yaml", text)
    assert read.problems
    assert read.value is None


def test_samples_are_bounded_and_whole() -> None:
    assert unpack_bytes(pack_bytes(b"x" * 1000)) == b"x" * 1000
    with pytest.raises(ValueError, match="is over"):
        unpack_bytes(pack_bytes(b"\0" * (MAX_SAMPLE + 1)))
    with pytest.raises(ValueError, match="is cut off"):
        unpack_bytes(pack_bytes(b"some bytes that are long enough")[:20])
    with pytest.raises(ValueError, match="is not base64"):
        unpack_bytes("!!")


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("samples:\n  webshell.php-eval-request:", "samples: none\nbenign:\n  x:", "samples: is no mapping"),
        ("      origin:", "      source:", "webshell.php-eval-request: origin is missing"),
        ("    hit:", "    hits:", "webshell.php-eval-request: unknown key 'hits'"),
    ],
)
def test_a_wrong_samples_file_is_named(was: str, now: str, expected: str, tmp_path: Path) -> None:
    root = rules_folder(tmp_path, {"samples/webshell.yaml": SAMPLES.replace(was, now, 1)})
    _, problems = read_samples(read_sources(root))
    assert expected in [f"{each.key}: {each.message}" for each in problems]


def test_a_long_line_is_shown_round_its_caret() -> None:
    text = "x" * 500 + "\x1bHERE" + "y" * 500
    shown = render(Problem(Level.ERROR, "f", 1, 502, "", "wrong", "mend it"), text).split("\n")
    assert len(shown[1]) < 130
    assert shown[1][shown[2].index("^")] == "H"
    assert "\x1b" not in shown[1]


CONDITION = (
    "seq(venue, bonus, 9) or (hits(venue) >= 2 and n(bonus) >= 2 and not law) or (density(venue) >= 0.5 and url)"
)


def test_every_kind_of_condition_is_told_in_the_rules_own_language() -> None:
    pack = PACK.replace("near(venue, bonus, 40)", CONDITION).replace("  unless: law\n", "")
    pack = pack.replace("lists:", "patterns:\n  url: 'www'\nlists:")
    found = explain_words(parse_pack("p", pack), ID, "真人荷官 送彩金 www".encode(), "text")
    assert [part.text for part in found.parts] == [
        "seq(venue, bonus, 9)",
        "(hits(venue) >= 2 and n(bonus) >= 2 and not law)",
        "(density(venue) >= 0.5 and url)",
    ]
    assert [part.holds for part in found.parts] == [True, False, False]
    scored = PACK.replace("near(venue, bonus, 40)", "score() >= 2")
    assert explain_words(parse_pack("p", scored), ID, b"x", "text").parts[0].text == "score() >= 2"
    assert any(
        "none in which" in line for line in words_lines(explain_words(parse_pack("p", scored), ID, b"x", "text"))
    )

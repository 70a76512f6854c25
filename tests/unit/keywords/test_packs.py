"""What a pack says, and what is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.clauses import Ceiling
from scanner.domain.findings import Confidence, Layer, Severity
from scanner.domain.rules import RuleKind, RuleStatus
from scanner.errors import RuleError
from scanner.keywords import packs as packs_module
from scanner.keywords.checking import check_pack, explain
from scanner.keywords.conditions import Condition, Count, Density, Either, Every, Near, Negation, Present, Score, render
from scanner.keywords.packs import pack_rules, parse_pack
from scanner.keywords.parser import parse_condition
from scanner.keywords.program import compile_packs
from tests.unit.keywords.packs import HEAD, RULE, group_pack, sample_pack, sample_text

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "keywords"
CLAUSES = {"3.1.3.5.4": Ceiling.SUSPEND, "3.1.3.5.8": Ceiling.REVIEW}
BAD_PACKS = {
    "unknown-group": sample_text(("near(venue,", "near(venu,")),
    "duplicate-id": HEAD + RULE + RULE,
    "folds-to-nothing": sample_text(("真人荷官", '"★…★"')),
    "catastrophic-pattern": sample_text(("'(?:https?://|www\\.)[\\w.-]+'", "'(?<!x)(a+)+\\1'")),
    "unclosed-list": sample_text(("[首存, 返水, 送彩金]", "[首存, 返水, 送彩金")),
    "misspelt-key": sample_text(("  window: 200", "  windows: 200")),
    "bad-comparison": sample_text(("n(venue) >= 2", "n(venue) > 2")),
    "missing-tests": sample_text(("  tests: {hit: ['澳门娱乐城首存就送'], miss: ['今天去娱乐城唱歌']}\n", "")),
    "short-sound": sample_text(("{t: bbin, word: true}", "{t: 菠菜, sound: true}")),
    "unclosed-bracket": sample_text(("and url)", "and url")),
    "unused-group": sample_text((" or (n(venue) >= 2 and bonus and url)", ""), ("bonus, 40)", "venue, 40)")),
    "empty-pattern": sample_text(("[\\w.-]+'", "?[\\w.-]*'"), ("(?:https?://|www\\.)", "(?:https?://|www\\.)")),
}
BAD_RULES = {
    "no-anchor": (("near(venue, bonus, 40) or (n(venue) >= 2 and bonus and url)", "url or (venue and not bonus)"),),
    "one-hanzi-anchor": (
        ("娱乐城, ", "赌, 娱乐城, "),
        ("near(venue, bonus, 40) or (n(venue) >= 2 and bonus and url)", "venue or bonus"),
    ),
    "frequent-anchor": (("娱乐城, ", "服务, 娱乐城, "), ("[首存, 返水, 送彩金]", "[银行, 我们]")),
    "failing-hit": (("澳门娱乐城首存就送", "澳门娱乐城"),),
    "failing-miss": (("今天去娱乐城唱歌", "娱乐城首存"),),
    "unknown-clause": (("3.1.3.5.4", "3.1.3.5.44"),),
    "ceiling-above": (("3.1.3.5.4", "3.1.3.5.8"), ("ceiling: review", "ceiling: suspend")),
}


def _same_as_golden(name: str, said: str) -> None:
    file = GOLDEN / f"{name}.txt"
    assert file.exists(), f"write {file} with:\n{said}"
    assert said + "\n" == file.read_text("utf-8")


@pytest.mark.parametrize("name", sorted(BAD_PACKS))
def test_a_malformed_pack_is_refused_with_line_caret_and_mend(name: str) -> None:
    with pytest.raises(RuleError) as refusal:
        parse_pack("rules/keywords/sample.yaml", BAD_PACKS[name])
    _same_as_golden(name, str(refusal.value))


@pytest.mark.parametrize("name", sorted(BAD_RULES))
def test_a_rule_that_cannot_be_relied_on_is_refused(name: str) -> None:
    problems = check_pack(sample_pack(*BAD_RULES[name]), CLAUSES)
    assert problems
    _same_as_golden(name, "\n".join(map(str, problems)))


def test_the_sample_pack_is_accepted() -> None:
    assert check_pack(sample_pack(), CLAUSES) == ()


def test_a_rules_metadata_is_what_its_pack_says() -> None:
    (rule,) = pack_rules(sample_pack())
    assert (rule.id, rule.kind, rule.clause) == ("sample.casino", RuleKind.KEYWORDS, "3.1.3.5.4")
    assert (rule.severity, rule.confidence, rule.ceiling) == (Severity.HIGH, Confidence.HIGH, Ceiling.REVIEW)
    assert (rule.status, rule.description, rule.author) == (RuleStatus.REVIEW, "online casinos", "tests")
    assert (rule.file, rule.line, rule.pack, rule.pack_version) == (
        "rules/keywords/sample.yaml",
        10,
        "sample",
        "2026.11.1",
    )


def test_a_revision_changes_with_the_rule_and_with_what_it_shares() -> None:
    (rule,) = pack_rules(sample_pack())
    assert pack_rules(sample_pack())[0].revision == rule.revision
    assert pack_rules(sample_pack(("gap: 2", "gap: 1")))[0].revision != rule.revision
    assert pack_rules(sample_pack(("被告人", "原告人")))[0].revision != rule.revision


def test_a_pack_has_one_digest_over_its_text() -> None:
    assert sample_pack().digest == sample_pack().digest
    assert sample_pack().digest != sample_pack(("2026.11.1", "2026.11.2")).digest


def test_a_rule_without_views_runs_on_all_of_them() -> None:
    (rule,) = sample_pack().rules
    assert rule.views == {
        Layer.SOURCE,
        Layer.TEXT,
        Layer.NAME,
        Layer.MEMBER,
        Layer.URL,
        Layer.IMAGE_TEXT,
        Layer.QR,
    }


def test_a_million_terms_are_refused_at_once() -> None:
    terms = ", ".join(f"词{number}" for number in range(1_000_000))
    with pytest.raises(RuleError, match="split the pack"):
        parse_pack("big.yaml", sample_text(("[条例, 判决, 被告人]", f"[{terms}]")))


def test_more_terms_than_one_pack_may_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs_module, "MAX_TERMS", 10)
    with pytest.raises(RuleError, match=r"terms; the limit of one pack is 10"):
        sample_pack()


def test_yaml_aliases_are_refused() -> None:
    with pytest.raises(RuleError, match="aliases are not allowed"):
        parse_pack("a.yaml", sample_text(("[条例, 判决, 被告人]", "&law [条例]\n  more: *law")))


def test_two_packs_with_one_id_are_refused() -> None:
    with pytest.raises(RuleError, match=r"the id stands twice .* it also stands in rules/keywords/sample.yaml:10"):
        compile_packs([sample_pack(), sample_pack()])


def test_a_rule_without_an_anchor_is_never_compiled() -> None:
    with pytest.raises(RuleError, match="no anchor"):
        compile_packs([sample_pack(*BAD_RULES["no-anchor"])])


def test_explaining_a_rule_shows_its_words() -> None:
    (hit,) = explain(sample_pack(), "sample.casino", "澳门娱樂城首存就送")
    assert hit.why.startswith("venue: 娱乐城; bonus: 首存")
    with pytest.raises(RuleError, match=r"no rule 'sample.other' — use one of: sample.casino"):
        explain(sample_pack(), "sample.other", "x")


def test_a_rule_on_names_only_is_tested_on_names() -> None:
    pack = sample_pack(("  window: 200", "  views: [name]\n  window: 200"))
    assert check_pack(pack) == ()


def test_split_characters_are_left_out_of_very_large_packs() -> None:
    many = ", ".join(f"{chr(0x4E00 + number % 5000)}{chr(0x5E00 + number // 5000)}博" for number in range(20_001))
    small, large = (compile_packs([group_pack(f"a: [{terms}]")]) for terms in ("赌博", many + ", 赌博"))
    assert len(small.anchors.plain.find(small.alphabet.write("贝者博"))) == 1
    assert large.anchors.plain.find(large.alphabet.write("贝者博")) == []


NAMES = st.sampled_from(["a", "b", "c-d"])
ATOMS = st.one_of(
    NAMES.map(Present),
    st.builds(Count, NAMES, st.integers(1, 9), st.booleans()),
    st.builds(Near, NAMES, NAMES, st.integers(0, 99), st.booleans()),
    st.sampled_from([1.0, 2.5]).map(Score),
    st.builds(Density, NAMES, st.sampled_from([0.25, 1.0])),
)


def _deeper(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(inner.map(Negation), several.map(Every), several.map(Either))


@given(st.recursive(ATOMS, _deeper, max_leaves=8))
def test_a_condition_written_out_reads_back_the_same(condition: Condition) -> None:
    assert parse_condition(render(condition), {"a", "b", "c-d"}, "here") == condition


@given(st.text(alphabet="ab()>=,.0123 \nnotandrhitsewcqyd赌", max_size=60))
def test_any_text_is_a_condition_or_a_clear_refusal(text: str) -> None:
    said = _read_or_refused(text)
    assert isinstance(said, str) or (said.where == "x.yaml:1" and "^" in said.what and said.mend)


def _read_or_refused(text: str) -> str | RuleError:
    try:
        return render(parse_condition(text, {"a", "b"}, "x.yaml:1"))
    except RuleError as refusal:
        return refusal

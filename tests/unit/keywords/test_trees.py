"""What a compiled program holds of its conditions is what the rule language says of them."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from scanner.keywords import trees
from scanner.keywords.conditions import Condition, Count, Density, Either, Every, Near, Negation, Present, Score
from scanner.keywords.matcher import Matcher
from scanner.keywords.packs import parse_pack
from tests.unit.keywords.packs import sample_pack

SHIPPED = Path(__file__).parents[3] / "rules" / "keywords"
NAMES = st.sampled_from(["venue", "bonus", "law"])
LEAVES = st.one_of(
    st.builds(Present, NAMES),
    st.builds(Count, NAMES, st.integers(1, 9), st.booleans()),
    st.builds(Near, NAMES, NAMES, st.integers(0, 200), st.booleans()),
    st.builds(Score, st.floats(0, 1e9)),
    st.builds(Density, NAMES, st.floats(0, 1)),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Negation, inner),
        st.builds(Every, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=12,
)


@given(CONDITIONS)
def test_a_condition_comes_back_as_it_was(condition: Condition) -> None:
    assert trees.condition_of(json.loads(json.dumps(trees.tree_of(condition)))) == condition


def test_the_shipped_rules_come_back_with_their_conditions_and_quick_looks() -> None:
    packs = [
        sample_pack(),
        *(parse_pack(path.name, path.read_text("utf-8")) for path in sorted(SHIPPED.glob("*.yaml"))[:2]),
    ]
    built = Matcher.build(packs)
    read = Matcher.load("digest", built.dump("digest"))
    kept = ("when", "core", "unless", "when_ways", "core_ways", "bits", "pattern_bits", "patterns", "views", "own")
    assert len(read.program.rules) == len(built.program.rules) > 1
    for one, other in zip(read.program.rules, built.program.rules, strict=True):
        assert {name: getattr(one, name) for name in kept} == {name: getattr(other, name) for name in kept}


def test_bytes_whose_sum_was_compared_are_not_summed_again() -> None:
    body = bytearray(Matcher.build([sample_pack()]).dump("digest"))
    body[10] ^= 1  # of the checksum itself
    assert Matcher.load("digest", bytes(body), sound=True).program.rules

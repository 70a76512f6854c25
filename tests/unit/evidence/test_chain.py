"""The audit chain: every edit, removal, swap, cut, re-chaining and fork is found."""

import hashlib
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.domain.audit import AuditEntry, Chained
from scanner.domain.chain import (
    EMPTY_ROOT,
    LEAF,
    NODE,
    Checkpoint,
    Tree,
    broken_links,
    checkpoint,
    disagreements,
    inclusion_path,
    leaf,
    link,
    root_from_path,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def log_of(count: int, salt: str = "") -> list[Chained]:
    """A log of so many entries."""
    found: list[Chained] = []
    for number in range(1, count + 1):
        body = AuditEntry(NOW + timedelta(seconds=number), "ann", "did", f"C{number}{salt}", "why").body()
        previous = found[-1].digest if found else ""
        found.append(Chained(number, body, previous, link(previous, body)))
    return found


def chained_anew(entries: list[Chained]) -> list[Chained]:
    """The same bodies with numbers and digests computed again: what a forger with the database would do."""
    found: list[Chained] = []
    for number, entry in enumerate(entries, 1):
        previous = found[-1].digest if found else ""
        found.append(Chained(number, entry.body, previous, link(previous, entry.body)))
    return found


def problems(entries: list[Chained], points: list[Checkpoint]) -> list[str]:
    """All that a verifier says."""
    return broken_links(entries) + disagreements(entries, points)


def plain_root(digests: list[str]) -> bytes:
    """RFC 6962's definition, word for word."""
    if len(digests) == 1:
        return hashlib.sha256(LEAF + digests[0].encode()).digest()
    half = 1
    while half * 2 < len(digests):
        half *= 2
    return hashlib.sha256(NODE + plain_root(digests[:half]) + plain_root(digests[half:])).digest()


def test_an_untouched_log_has_no_problems() -> None:
    log = log_of(20)
    assert problems(log, [checkpoint(log[:size], NOW) for size in (0, 7, 20)]) == []


def test_an_empty_log_has_a_root_too() -> None:
    assert checkpoint([], NOW) == Checkpoint(0, "", EMPTY_ROOT, NOW)
    assert problems([], []) == []


def test_an_edit_is_found() -> None:
    log = log_of(5)
    log[2] = replace(log[2], body=log[2].body.replace(b"ann", b"eve"))
    assert "entry 3 was edited: its digest does not cover its body" in problems(log, [])


def test_an_edit_with_its_digest_mended_is_found() -> None:
    log = log_of(5)
    body = log[2].body.replace(b"ann", b"eve")
    log[2] = replace(log[2], body=body, digest=link(log[2].previous, body))
    assert "entry 4 does not continue the entry before it" in problems(log, [])


def test_a_removal_is_found() -> None:
    log = log_of(5)
    del log[2]
    assert "entry 3 is missing: entry 4 stands in its place" in problems(log, [])


def test_a_swap_is_found() -> None:
    log = log_of(5)
    log[1], log[2] = log[2], log[1]
    assert problems(log, [])


def test_a_cut_tail_is_found_against_a_checkpoint() -> None:
    log = log_of(5)
    point = checkpoint(log, NOW)
    assert broken_links(log[:4]) == []
    assert problems(log[:4], [point]) == ["the log was cut: a checkpoint saw 5 entries, 4 are left"]


def test_a_chain_computed_anew_is_found_against_a_checkpoint() -> None:
    log = log_of(5)
    point = checkpoint(log, NOW)
    forged = chained_anew([log[0], *log[2:], log[1]])
    assert broken_links(forged) == []
    assert "chained anew" in problems(forged, [point])[0]


def test_a_fork_is_found_where_two_checkpoints_meet() -> None:
    one, other = log_of(4), log_of(4, "x")
    points = [checkpoint(one, NOW), checkpoint(other, NOW + timedelta(1))]
    assert "the log was forked: two checkpoints over 4 entries differ" in problems(one, points)


def test_a_run_may_begin_in_the_middle() -> None:
    log = log_of(9)
    assert broken_links(log[4:], previous=log[3].digest, number=4) == []
    assert broken_links(log[4:], previous="x", number=4) == ["entry 5 does not continue the entry before it"]


@pytest.mark.parametrize("seed", range(4))
def test_1000_random_edits_are_all_found(seed: int) -> None:
    dice, log = random.Random(seed), log_of(40)
    points = [checkpoint(log[:size], NOW) for size in (13, 40)]
    for _ in range(250):
        forged = _edited(dice, log)
        assert problems(forged, points), f"seed {seed}"


def _edited(dice: random.Random, log: list[Chained]) -> list[Chained]:
    forged, at, other = list(log), dice.randrange(40), dice.randrange(39)
    kind = dice.choice(["bit", "digest", "previous", "remove", "swap", "cut", "anew", "insert", "number"])
    if kind == "bit":
        body = bytearray(forged[at].body)
        body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
        forged[at] = replace(forged[at], body=bytes(body))
        return chained_anew(forged) if dice.random() < 0.5 else forged
    if kind in ("digest", "previous"):
        forged[at] = replace(forged[at], **{kind: hashlib.sha256(dice.randbytes(4)).hexdigest()})
    elif kind == "number":
        forged[at] = replace(forged[at], number=forged[at].number + dice.choice([-1, 1]))
    elif kind == "swap":
        forged[at], forged[(at + other + 1) % 40] = forged[(at + other + 1) % 40], forged[at]
    elif kind == "cut":
        return forged[:at]
    elif kind == "insert":
        forged.insert(at, log_of(1, "new")[0])
        return chained_anew(forged)
    else:
        del forged[at]
        return chained_anew(forged) if kind == "anew" else forged
    return forged


@given(st.integers(1, 70), st.data())
@settings(deadline=None)
def test_the_growing_tree_is_the_plain_one_and_every_entry_can_be_proved(size: int, data: st.DataObject) -> None:
    digests = [hashlib.sha256(bytes([number])).hexdigest() for number in range(size)]
    tree = Tree()
    for digest in digests:
        tree.add(digest)
    assert tree.root() == plain_root(digests).hex()
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(digests, index)
    assert root_from_path(digests[index], index, size, path) == tree.root()
    assert root_from_path("f" * 64, index, size, path) != tree.root()
    assert root_from_path(digests[index], index, size, [*path, "0" * 64]) != tree.root()
    if size > 1:
        assert root_from_path(digests[index], index, size, path[:-1]) != tree.root()


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0)])
def test_a_place_outside_the_log_proves_nothing(index: int, size: int) -> None:
    assert root_from_path("a" * 64, index, size, []) == ""


def test_a_leaf_cannot_be_taken_for_a_node() -> None:
    assert leaf("a" * 64) != hashlib.sha256(NODE + ("a" * 64).encode()).digest()


def test_a_checkpoint_is_signed_as_canonical_json() -> None:
    body = checkpoint(log_of(3), NOW).body()
    assert body.startswith(b'{"at":"2026-03-01T00:00:00+00:00","head":"')

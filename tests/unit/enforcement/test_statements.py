"""Bucket policies: our statements in and out, everybody else's untouched."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.enforcement.statements import (
    POLICY_BYTES,
    fits,
    hold_statements,
    key_statements,
    literal,
    may_spare_owner,
    parse_policy,
    shape,
    stands,
    statements_of,
    to_text,
    with_statements,
    without_statements,
)
from scanner.errors import EnforcementError

THEIRS: dict[str, Any] = {"Sid": "Site", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "x"}


def test_no_policy_is_no_policy() -> None:
    assert parse_policy("", "b") is None
    assert statements_of(None) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"Statement": "x"}', '{"Statement": [1]}', "[" * 100_000])
def test_a_policy_that_is_none_is_left_alone(text: str) -> None:
    with pytest.raises(EnforcementError, match="policy"):
        parse_policy(text, "b")


def test_a_lone_statement_needs_no_list() -> None:
    policy = parse_policy(json.dumps({"Statement": THEIRS}), "b")
    assert statements_of(policy) == [THEIRS]


def test_ours_go_in_once_and_theirs_stay() -> None:
    ours = key_statements("b", "k", "v1", "t0")
    once = with_statements({"Version": "2008-10-17", "Statement": [THEIRS]}, ours)
    twice = with_statements(once, ours)
    assert once == twice
    assert once["Version"] == "2008-10-17"
    assert statements_of(once)[0] == THEIRS
    assert stands(once, ours)


def test_ours_come_out_and_theirs_stay() -> None:
    ours = key_statements("b", "k", "", "t0")
    policy = with_statements({"Version": "2012-10-17", "Statement": [THEIRS]}, ours)
    assert without_statements(policy, [one["Sid"] for one in ours]) == {"Version": "2012-10-17", "Statement": [THEIRS]}


def test_a_policy_of_ours_alone_goes_away_with_them() -> None:
    ours = hold_statements("b", spare_owner=True)
    assert without_statements(with_statements(None, ours), [one["Sid"] for one in ours]) is None
    assert without_statements(None, ["x"]) is None


def test_an_edited_statement_of_ours_does_not_stand() -> None:
    ours = key_statements("b", "k", "", "t0")
    edited = {"Statement": [{**ours[0], "Effect": "Allow"}]}
    assert not stands(edited, ours)
    assert not stands(None, ours)


def test_a_store_may_write_lists_in_another_order() -> None:
    ours = hold_statements("b", spare_owner=False)
    turned = json.loads(json.dumps(ours[0]))
    turned["Action"] = list(reversed(turned["Action"]))
    turned["Resource"] = [turned["Resource"]]
    assert stands({"Statement": [turned]}, ours)


def test_a_hold_that_spares_the_owner_refuses_strangers_and_links() -> None:
    world, links = hold_statements("b", spare_owner=True)
    assert "StringNotEquals" in world["Condition"]
    assert links["Condition"]["StringEquals"] == {"s3:authType": "REST-QUERY-STRING"}


def test_an_old_policy_language_does_not_know_variables() -> None:
    assert may_spare_owner(None)
    assert may_spare_owner({"Version": "2012-10-17"})
    assert not may_spare_owner({"Version": "2008-10-17"})
    assert not may_spare_owner({})


def test_a_version_is_named_by_its_id_as_well() -> None:
    plain, named = key_statements("b", "k", "v1", "t0")
    assert plain["Action"] == ["s3:GetObject"]
    assert named["Condition"] == {"StringEquals": {"s3:VersionId": "v1"}}


def test_wildcards_in_a_key_mean_themselves() -> None:
    assert literal("a*b?c$d") == "a${*}b${?}c${$}d"


def test_a_policy_beyond_20_kb_does_not_fit() -> None:
    small = {"Statement": [THEIRS]}
    assert fits(small)
    assert not fits({"Statement": [{**THEIRS, "Resource": "x" * POLICY_BYTES}]})
    assert fits({"Statement": [{**THEIRS, "Resource": "\ud800"}]})


statement = st.fixed_dictionaries(
    {"Sid": st.text("abc", min_size=1, max_size=3), "Resource": st.lists(st.text(max_size=3), max_size=3)}
)


@given(st.lists(statement, max_size=5, unique_by=lambda one: one["Sid"]))
def test_in_and_out_again_is_what_was_there_before(theirs: list[dict[str, Any]]) -> None:
    before = {"Version": "2012-10-17", "Statement": theirs} if theirs else None
    ours = key_statements("b", "k", "v", "0123")
    after = without_statements(with_statements(before, ours), [one["Sid"] for one in ours])
    assert after == before
    assert before is None or json.loads(to_text(before)) == before


@given(
    st.recursive(
        st.text() | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_a_shape_does_not_depend_on_the_order_of_lists(value: Any) -> None:
    assert shape([value, "x"]) == shape(["x", value])
    assert shape([value]) == shape(value)

"""Which ways of suspending are open on a store: only those it was shown to obey."""

from dataclasses import replace

from scanner.domain.enforcement.abilities import Abilities, Way
from tests.contract.s3_measures import ABLE

EVERYTHING = replace(ABLE, object_lock=True, compliance=True)


def ways(shown: Abilities, *, versioned: bool = True, tag_room: bool = True, policy_room: bool = True) -> list[Way]:
    return list(shown.ways(versioned=versioned, tag_room=tag_room, policy_room=policy_room))


def test_a_store_that_was_not_probed_can_do_nothing() -> None:
    assert ways(Abilities(), versioned=False) == []
    assert not Abilities().can_delete("v1")
    assert not Abilities().can_delete("")
    assert not Abilities().vault_is_worm


def test_tags_come_first_and_quarantine_last() -> None:
    assert ways(EVERYTHING, versioned=False) == [Way.TAG, Way.KEY, Way.ACL, Way.QUARANTINE]


def test_a_kept_version_is_never_moved() -> None:
    assert Way.QUARANTINE not in ways(EVERYTHING)


def test_a_full_tag_set_or_a_full_policy_closes_its_ways() -> None:
    assert ways(EVERYTHING, tag_room=False) == [Way.KEY, Way.ACL]
    assert ways(EVERYTHING, policy_room=False) == [Way.ACL]


def test_a_call_that_damaged_a_canary_is_never_sent() -> None:
    harmed = replace(EVERYTHING, dangers=("put-tagging", "put-acl", "retention"))
    assert ways(harmed) == [Way.KEY]
    assert not harmed.vault_is_worm


def test_quarantine_needs_both_conditions() -> None:
    assert Way.QUARANTINE not in ways(replace(EVERYTHING, copy_if_match=False), versioned=False)
    assert Way.QUARANTINE not in ways(replace(EVERYTHING, delete_if_match=False), versioned=False)


def test_a_delete_needs_the_binding_that_its_bucket_offers() -> None:
    assert EVERYTHING.can_delete("v1")
    assert EVERYTHING.can_delete("")
    assert not replace(EVERYTHING, delete_if_match=False).can_delete("")
    assert not replace(EVERYTHING, delete_version=False).can_delete("v1")


def test_a_lock_that_can_be_shortened_is_no_vault() -> None:
    assert EVERYTHING.vault_is_worm
    assert not replace(EVERYTHING, compliance=False).vault_is_worm
    assert not replace(EVERYTHING, object_lock=False).vault_is_worm

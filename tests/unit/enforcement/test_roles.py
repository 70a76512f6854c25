"""The roles' policies name what they need, and no more."""

import json

from scanner.domain.enforcement.abilities import Abilities
from scanner.domain.enforcement.roles import enforcer_role, probe_role, scanner_role, vault_role


def test_the_scanner_has_no_action_that_writes() -> None:
    actions = [name for one in scanner_role(["a", "b"])["Statement"] for name in one["Action"]]
    assert all(name.startswith(("s3:Get", "s3:List")) for name in actions)


def test_no_role_has_a_wildcard_action_or_bucket() -> None:
    for role in (scanner_role(["a"]), enforcer_role(["a"], deletes=True), vault_role("v")):
        for one in role["Statement"]:
            assert not any("*" in name for name in one["Action"])
            assert all(place.startswith(("arn:aws:s3:::a", "arn:aws:s3:::v")) for place in one["Resource"])


def test_deleting_is_a_right_of_its_own() -> None:
    assert "DeleteObject" not in json.dumps(enforcer_role(["a"])).replace("DeleteObjectTagging", "").replace(
        "DeleteObjectVersionTagging", ""
    )
    assert "s3:DeleteObjectVersion" in json.dumps(enforcer_role(["a"], deletes=True))


def test_a_right_that_serves_no_way_of_the_store_is_not_given() -> None:
    bare = json.dumps(enforcer_role(["a"], shown=Abilities(policy=True)))
    assert "PutBucketPolicy" in bare
    assert not any(word in bare for word in ("Tagging", "ObjectAcl", "PublicAccessBlock", "PutObject"))


def test_moving_is_a_right_of_its_own_and_reaches_one_more_bucket() -> None:
    assert '"s3:PutObject"' not in json.dumps(enforcer_role(["a"], deletes=True))
    assert "arn:aws:s3:::aup-quarantine/*" in json.dumps(enforcer_role(["a"], moves="aup-quarantine"))


def test_whoever_probes_reaches_scratch_buckets_alone() -> None:
    places = [place for one in probe_role()["Statement"] for place in one["Resource"]]
    assert all(place == "*" or place.startswith("arn:aws:s3:::aup-probe-*") for place in places)
    assert [one["Action"] for one in probe_role()["Statement"] if one["Resource"] == ["*"]] == [["s3:ListAllMyBuckets"]]


def test_what_lies_in_quarantine_is_read_by_the_scanner_and_deleted_only_where_deletions_are_allowed() -> None:
    inside = "arn:aws:s3:::aup-quarantine/*"
    assert inside not in json.dumps(scanner_role(["a"]))
    assert inside in json.dumps(scanner_role(["a"], moves="aup-quarantine"))
    for deletes in (False, True):
        role = enforcer_role(["a"], deletes=deletes, moves="aup-quarantine")
        [delete] = [one for one in role["Statement"] if one["Sid"] == "Delete"]
        assert (inside in delete["Resource"]) is deletes

"""The roles' policies name what they need, and no more."""

import json

from scanner.domain.enforcement.roles import enforcer_role, scanner_role, vault_role


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

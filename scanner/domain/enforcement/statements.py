"""Bucket policies: our own statements put in and taken out, another's never touched."""

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from scanner.errors import EnforcementError

OURS = "AupHold"
TAG = "aup-hold"
POLICY_BYTES = 20 * 1024
READS = ["s3:GetObject", "s3:GetObjectVersion"]
WRITES = ["s3:PutObject", "s3:PutObjectAcl"]
MODERN = "2012-10-17"
LINKS = {"s3:authType": "REST-QUERY-STRING"}
Statement = Mapping[str, Any]
Policy = Mapping[str, Any]


class Spared(StrEnum):
    """How a statement tells the owner from the world; what was not shown to work is not asked."""

    ACCOUNT = "account"  # by account, so that links signed by the owner can be refused as well
    NAME = "name"  # by user name: links signed by the owner are the owner to such a store


def parse_policy(text: str, bucket: str) -> Policy | None:
    """The bucket's policy; None for no policy; EnforcementError if it is none that can be kept."""
    if not text:
        return None
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EnforcementError(
            f"its policy is no JSON: {error}", where=f"s3://{bucket}", mend="a person decides; the ACL is left as a way"
        ) from error
    if not isinstance(policy, dict) or not all(isinstance(one, dict) for one in statements_of(policy)):
        raise EnforcementError("its policy has no statements", where=f"s3://{bucket}", mend="a person decides")
    return policy


def statements_of(policy: Policy | None) -> Sequence[Statement]:
    """The statements; a single one may stand without a list."""
    found = (policy or {}).get("Statement", [])
    return found if isinstance(found, list) else [found]


def hold_statements(bucket: str, *, spare_owner: bool) -> tuple[Statement, ...]:
    """The standing statements: a version that bears our tag is refused to everybody.

    With `spare_owner` its owner keeps reading it with signed requests, and links signed by the owner are refused too.
    """
    tagged = {f"s3:ExistingObjectTag/{TAG}": "*"}
    resource = f"arn:aws:s3:::{bucket}/*"
    if not spare_owner:
        return (_deny(OURS, resource, READS, {"StringLike": tagged}),)
    strangers = strangers_to(Spared.ACCOUNT, "")
    return (
        _deny(f"{OURS}World", resource, READS, {"StringLike": tagged, "StringNotEquals": strangers}),
        _deny(f"{OURS}Links", resource, READS, {"StringLike": tagged, "StringEquals": LINKS}),
    )


def wide_statements(
    bucket: str, prefix: str, token: str, *, spared: Spared, owner: str, writes: bool
) -> tuple[Statement, ...]:
    """Statements that refuse a prefix, or the whole bucket, to the world; with `writes` nobody puts anything there.

    The owner keeps reading, listing and deleting with signed requests: export and clean-up.
    """
    resource = f"arn:aws:s3:::{bucket}/{literal(prefix)}*"
    found = [_deny(f"{OURS}{token}W", resource, READS, {"StringNotEquals": strangers_to(spared, owner)})]
    found += [_deny(f"{OURS}{token}L", resource, READS, {"StringEquals": LINKS})] if spared is Spared.ACCOUNT else []
    return (*found, *([_deny(f"{OURS}{token}P", resource, WRITES, {})] if writes else []))


def strangers_to(spared: Spared, owner: str) -> Mapping[str, str]:
    """What a request of the owner's bears; whoever does not is a stranger."""
    own_account = {"aws:PrincipalAccount": "${aws:ResourceAccount}"}
    return own_account if spared is Spared.ACCOUNT else {"aws:username": owner}


def key_statements(
    bucket: str, key: str, version_id: str, token: str, *, pins: bool = True, null: bool = True
) -> tuple[Statement, ...]:
    """Statements that refuse one key, and the judged version of it by its id; `null` is one, too.

    `null` False: as it was before, for measures that were planned then. Where the store cannot tell versions apart in a
    policy (`pins` False), every version of the key is refused.
    """
    resource = f"arn:aws:s3:::{bucket}/{literal(key)}"
    named = version_id or ("null" if null else "")
    plain = _deny(f"{OURS}{token}", resource, READS[:1] if pins or not named else READS, {})
    if not pins or not named:
        return (plain,)
    return (plain, _deny(f"{OURS}{token}V", resource, READS[1:], {"StringEquals": {"s3:VersionId": named}}))


def literal(key: str) -> str:
    """A key as a resource that means this key alone: wildcards and variables spelled out."""
    return "".join("${" + letter + "}" if letter in "*?$" else letter for letter in key)


def may_spare_owner(policy: Policy | None) -> bool:
    """Whether variables are understood: an older policy language takes them literally."""
    return policy is None or policy.get("Version") == MODERN


def with_statements(policy: Policy | None, ours: Iterable[Statement]) -> Policy:
    """The policy with our statements in it, each once; all others as they were."""
    wanted = {one["Sid"]: one for one in ours}
    others = [one for one in statements_of(policy) if one.get("Sid") not in wanted]
    base = dict(policy) if policy is not None else {"Version": MODERN}
    return {**base, "Statement": [*others, *wanted.values()]}


def without_statements(policy: Policy | None, sids: Iterable[str]) -> Policy | None:
    """The policy without our statements; None if nothing of it is left."""
    gone = set(sids)
    rest = [one for one in statements_of(policy) if one.get("Sid") not in gone]
    return {**(policy or {}), "Statement": rest} if rest else None


def stands(policy: Policy | None, ours: Iterable[Statement]) -> bool:
    """Whether each of our statements is in the policy as we wrote it."""
    there = {one.get("Sid"): shape(one) for one in statements_of(policy)}
    return all(there.get(one["Sid"]) == shape(one) for one in ours)


def to_text(policy: Policy) -> str:
    """The policy as it is sent."""
    return json.dumps(policy, separators=(",", ":"), ensure_ascii=False)


def fits(policy: Policy) -> bool:
    """Whether a store takes it (20 KB)."""
    return len(to_text(policy).encode("utf-8", "replace")) <= POLICY_BYTES


def shape(value: Any) -> Any:
    """A value in a form that compares equal however a store writes it: order in lists and lone items do not count."""
    if isinstance(value, Mapping):
        return tuple(sorted((name, shape(inner)) for name, inner in value.items()))
    if isinstance(value, list | tuple):
        return shape(value[0]) if len(value) == 1 else tuple(sorted(map(repr, map(shape, value))))
    return value


def _deny(sid: str, resource: str, actions: Sequence[str], condition: Mapping[str, Any]) -> Statement:
    statement = {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": list(actions), "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement

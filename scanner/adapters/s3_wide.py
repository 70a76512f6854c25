"""Measures on a whole bucket or a prefix: the world is refused, the owner keeps export and clean-up."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from scanner.adapters.outside import Outside, worst
from scanner.adapters.probe import BLOCK
from scanner.adapters.s3_calls import s3_calls, status_of
from scanner.adapters.s3_policy import BucketPolicies
from scanner.domain.content import Subject
from scanner.domain.enforcement.abilities import Abilities
from scanner.domain.enforcement.places import FROZEN, bucket_of
from scanner.domain.enforcement.statements import (
    Spared,
    Statement,
    fits,
    may_spare_owner,
    stands,
    statements_of,
    wide_statements,
    with_statements,
    without_statements,
)
from scanner.errors import ConflictError, EnforcementError

CANARIES = 3  # objects that are asked for from outside
LINK_SECONDS = 300
POLICY, BLOCKED = "policy", "block"


@dataclass(frozen=True, slots=True)
class S3Wide:
    """The Surface of buckets and prefixes. By our own statements in the policy; where they have no room, a bucket's
    public access block. Without a way that spares the owner nothing is done."""

    client: Any
    base_url: str
    abilities: Callable[[], Abilities]
    cdn: tuple[str, ...] = ()

    def plan(self, subject: Subject) -> str:
        """What will be done, and what is in force now."""
        bucket = bucket_of(subject)
        with s3_calls(subject.url):
            owner = str(self.client.get_bucket_acl(Bucket=bucket)["Owner"]["ID"])
            plan = {
                "surface": "s3-wide",
                "token": secrets.token_hex(8),
                "bucket": bucket,
                "prefix": subject.key,
                "writes": subject.bucket.startswith(FROZEN),
                "owner": owner,
                "seen": self.observe(subject),
            }
            plan |= self._way(plan, subject)
        return json.dumps(plan, sort_keys=True)

    def suspend(self, subject: Subject, plan: str) -> None:
        """Refuse it to the world, as planned; once more is no harm."""
        stated = _stated(plan, subject)
        with s3_calls(subject.url):
            if stated["way"] == BLOCKED:
                self._swap(subject, stated["before"], BLOCK)
            else:
                ours = _ours(stated)
                BucketPolicies(self.client).edit(stated["bucket"], lambda policy: with_statements(policy, ours))

    def restore(self, subject: Subject, plan: str) -> None:
        """Put back what was there; ConflictError unless ours is as we left it (G13)."""
        stated = _stated(plan, subject)
        with s3_calls(subject.url):
            if stated["way"] == BLOCKED:
                return self._swap(subject, BLOCK, stated["before"])
            ours, policies = _ours(stated), BucketPolicies(self.client)
            sids, policy = [one["Sid"] for one in ours], policies.read(stated["bucket"])
            if any(one.get("Sid") in sids for one in statements_of(policy)) and not stands(policy, ours):
                raise ConflictError("our statements were changed", where=subject.url, mend="a person decides")
            return policies.edit(stated["bucket"], lambda policy: without_statements(policy, sids))

    def observe(self, subject: Subject) -> str:
        """The worst that the world gets of a few objects there; gone where nothing lies there to be served."""
        bucket, outside = bucket_of(subject), Outside((self.base_url, *self.cdn))
        with s3_calls(subject.url):
            answer = self.client.list_objects_v2(Bucket=bucket, Prefix=subject.key, MaxKeys=CANARIES)
        keys = [row["Key"] for row in answer.get("Contents", [])]
        if not keys:
            return "gone"
        seen = worst([outside.look(outside.urls(bucket, key), "") for key in keys])
        if seen in ("served", "unclear"):
            return seen
        place = {"Bucket": bucket, "Key": keys[0]}
        link = str(self.client.generate_presigned_url("get_object", Params=place, ExpiresIn=LINK_SECONDS))
        return "served-by-link" if outside.look([link], "") == "served" else seen

    def before(self, plan: str) -> str:
        """What the world saw when the plan was made."""
        return str(json.loads(plan).get("seen", "served"))

    def _way(self, plan: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
        """The policy where it has room and spares the owner, else the public access block of a whole bucket."""
        shown, policy = self.abilities(), BucketPolicies(self.client).read(plan["bucket"])
        spared = Spared.ACCOUNT if shown.owner_condition and may_spare_owner(policy) else None
        spared = spared or (Spared.NAME if shown.owner_name else None)
        if shown.policy and spared is not None:
            way = {"way": POLICY, "spared": spared.value}
            if fits(with_statements(policy, _ours({**plan, **way}))):
                return way
        if shown.public_block and not plan["prefix"] and not plan["writes"]:
            return {"way": BLOCKED, "before": self._block(plan["bucket"])}
        why = "its policy has no room (20 KB)" if spared else "no way that leaves the owner export was shown"
        raise EnforcementError(why, where=subject.url, mend="see `aup stores show`; a person asks the owner")

    def _swap(self, subject: Subject, old: Mapping[str, bool] | None, new: Mapping[str, bool] | None) -> None:
        """The public access block from one value to another; ConflictError for a third."""
        bucket = bucket_of(subject)
        now = self._block(bucket)
        if now == new:
            return
        if now != old:
            raise ConflictError("its public access block was changed", where=subject.url, mend="a person decides")
        if new is None:
            self.client.delete_public_access_block(Bucket=bucket)
        else:
            self.client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict(new))

    def _block(self, bucket: str) -> dict[str, bool] | None:
        try:
            found = self.client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        except ClientError as error:
            if status_of(error) == 404:
                return None
            raise
        return {name: bool(found.get(name, False)) for name in BLOCK}


def _ours(plan: Mapping[str, Any]) -> tuple[Statement, ...]:
    place = (plan["bucket"], plan["prefix"], plan["token"])
    return wide_statements(*place, spared=Spared(plan["spared"]), owner=plan["owner"], writes=plan["writes"])


def _stated(plan: str, subject: Subject) -> Mapping[str, Any]:
    """The plan, if it is one of ours for this very place."""
    try:
        stated = json.loads(plan)
        place = (stated["bucket"], stated["prefix"], stated["writes"])
    except (ValueError, KeyError, TypeError) as error:
        raise EnforcementError("its plan cannot be read", where=subject.url, mend="run `aup fsck`") from error
    if place != (bucket_of(subject), subject.key, subject.bucket.startswith(FROZEN)):
        raise EnforcementError("its plan is for another place", where=subject.url, mend="run `aup fsck`")
    return dict(stated)

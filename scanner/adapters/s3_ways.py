"""The ways of suspending one S3 object: what each notes before, does, and undoes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.adapters.s3_lying import etag_there, named
from scanner.adapters.s3_policy import BucketPolicies
from scanner.adapters.s3_quarantine import Quarantine
from scanner.domain.content import Subject
from scanner.domain.enforcement.abilities import Abilities, Way
from scanner.domain.enforcement.statements import (
    TAG,
    Policy,
    Statement,
    hold_statements,
    key_statements,
    may_spare_owner,
    stands,
    statements_of,
    with_statements,
    without_statements,
)
from scanner.errors import ChangedError, ConflictError, GoneError

Plan = Mapping[str, Any]
MARK_TRIES = 4


@dataclass(frozen=True, slots=True)
class S3Ways:
    """One store's ways. A plan's `token` is this measure's own mark, by which it knows its work again."""

    client: Any
    abilities: Abilities
    quarantine: str

    def before(self, subject: Subject, way: Way) -> dict[str, Any]:
        """What the inverse needs to know."""
        if way is Way.TAG:
            return {"tags": self.tags(subject)}
        if way is Way.ACL:
            return {"acl": self.acl(subject)}
        if way is Way.KEY:
            return {"pins": self.abilities.version_condition, "null": True}
        return self._quarantine().before(subject)

    def apply(self, subject: Subject, way: Way, plan: Plan) -> None:
        """Do it; doing it again changes nothing."""
        if way is Way.TAG:
            self._hold(subject.bucket)
            self._mark(subject, plan["token"])
        elif way is Way.KEY:
            ours = _statements(subject, plan)
            BucketPolicies(self.client).edit(subject.bucket, lambda policy: with_statements(policy, ours))
        elif way is Way.ACL:
            self._privatise(subject, plan)
        else:
            self._quarantine().take(subject, plan)

    def undo(self, subject: Subject, way: Way, plan: Plan) -> None:
        """Undo it; ConflictError if our mark is not there as we left it, unless all is as before already."""
        if way is Way.TAG:
            self._unmark(subject, plan)
        elif way is Way.KEY:
            self._unkey(subject, plan)
        elif way is Way.ACL:
            self._publish(subject, plan)
        else:
            self._quarantine().give_back(subject, plan)

    def tags(self, subject: Subject) -> list[list[str]]:
        """The version's tags in the store's order."""
        answer = self.client.get_object_tagging(**named(subject))
        return [[one["Key"], one["Value"]] for one in answer["TagSet"]]

    def acl(self, subject: Subject) -> dict[str, Any]:
        """Owner and grants of the version."""
        answer = self.client.get_object_acl(**named(subject))
        return {"Owner": answer["Owner"], "Grants": answer["Grants"]}

    def _hold(self, bucket: str) -> None:
        """The standing statements, once per bucket: they name the tag, so later measures leave the policy alone."""

        def ours(policy: Policy | None) -> tuple[Statement, ...]:
            spare = self.abilities.owner_condition and may_spare_owner(policy)
            return hold_statements(bucket, spare_owner=spare)

        BucketPolicies(self.client).edit(
            bucket, lambda policy: policy if stands(policy, ours(policy)) else with_statements(policy, ours(policy))
        )

    def _mark(self, subject: Subject, token: str) -> None:
        """Our tag's value names every measure that holds the version, so that each is taken back by itself."""
        for _ in range(MARK_TRIES):  # tags cannot be written conditionally: another measure may have just replaced ours
            tags = self.tags(subject)
            if token in _tokens(tags):
                break
            self._set_tags(subject, _with_tokens(tags, [*_tokens(tags), token]))
        if not subject.version_id and self._etag(subject) != subject.etag:
            self._take_off(subject, token)
            raise ChangedError("was replaced while it was being suspended", where=subject.url, mend="scan it again")

    def _unmark(self, subject: Subject, plan: Plan) -> None:
        """Our mark is taken off whatever bears it; other bytes, or a mark that is gone, are told."""
        same, marked = self._etag(subject) == subject.etag, self._take_off(subject, plan["token"])
        if not same:
            raise ConflictError("other bytes lie there now", where=subject.url, mend="scan them")
        if not marked and sorted(self.tags(subject)) != sorted(plan["tags"]):
            raise ConflictError("our tag was taken off or changed", where=subject.url, mend="a person decides")

    def _take_off(self, subject: Subject, token: str) -> bool:
        """Whether the mark was there."""
        tags = self.tags(subject)
        held = _tokens(tags)
        if token in held:
            self._set_tags(subject, _with_tokens(tags, [one for one in held if one != token]))
        return token in held

    def _set_tags(self, subject: Subject, tags: list[list[str]]) -> None:
        if tags:
            listed = [{"Key": name, "Value": value} for name, value in tags]
            self.client.put_object_tagging(**named(subject), Tagging={"TagSet": listed})
        else:
            self.client.delete_object_tagging(**named(subject))

    def _unkey(self, subject: Subject, plan: Plan) -> None:
        ours = _statements(subject, plan)
        policies, sids = BucketPolicies(self.client), [one["Sid"] for one in ours]
        policy = policies.read(subject.bucket)
        if any(one.get("Sid") in sids for one in statements_of(policy)) and not stands(policy, ours):
            raise ConflictError("our statement was changed or removed", where=subject.url, mend="a person decides")
        policies.edit(subject.bucket, lambda policy: without_statements(policy, sids))

    def _privatise(self, subject: Subject, plan: Plan) -> None:
        now, private = _plain(self.acl(subject)), _plain(_private(plan["acl"]))
        if now not in (_plain(plan["acl"]), private):
            raise ConflictError("its ACL was changed meanwhile", where=subject.url, mend="a person decides")
        if now != private:
            self.client.put_object_acl(**named(subject), AccessControlPolicy=_private(plan["acl"]))
        if not subject.version_id and self._etag(subject) != subject.etag:
            raise ChangedError("was replaced while it was being suspended", where=subject.url, mend="scan it again")

    def _publish(self, subject: Subject, plan: Plan) -> None:
        now, before = _plain(self.acl(subject)), _plain(plan["acl"])
        if self._etag(subject) != subject.etag or now not in (before, _plain(_private(plan["acl"]))):
            raise ConflictError("its ACL or bytes were changed", where=subject.url, mend="a person decides")
        if now != before:
            self.client.put_object_acl(**named(subject), AccessControlPolicy=plan["acl"])

    def _etag(self, subject: Subject) -> str:
        found = etag_there(self.client, subject)
        if not found:
            raise GoneError("is not there", where=subject.url, mend="nothing to do")
        return found

    def _quarantine(self) -> Quarantine:
        return Quarantine(self.client, self.quarantine)


def _statements(subject: Subject, plan: Plan) -> tuple[Statement, ...]:
    place = (subject.bucket, subject.key, subject.version_id)
    return key_statements(*place, plan["token"], pins=plan.get("pins", True), null=plan.get("null", False))


def _tokens(tags: list[list[str]]) -> list[str]:
    """The measures that our tag names."""
    return next((value.split(":") for name, value in tags if name == TAG), [])


def _with_tokens(tags: list[list[str]], tokens: list[str]) -> list[list[str]]:
    """The tags in their order, ours naming these measures; without ours if there are none."""
    rest = [pair for pair in tags if pair[0] != TAG]
    return [*rest, [TAG, ":".join(tokens)]] if tokens else rest


def _plain(acl: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who may do what, whatever names the store shows beside the ids and in whatever order it lists them."""
    grants = [(one["Grantee"].get("ID") or one["Grantee"].get("URI", ""), one["Permission"]) for one in acl["Grants"]]
    return [("owner", acl["Owner"]["ID"]), *sorted(grants)]


def _private(acl: Mapping[str, Any]) -> dict[str, Any]:
    """The same owner, and nobody else."""
    owner = {"Grantee": {"ID": acl["Owner"]["ID"], "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    return {"Owner": acl["Owner"], "Grants": [owner]}

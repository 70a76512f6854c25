"""What a store was shown to do, and the ways of suspending that follow. What was not shown is refused."""

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How an object is suspended, the least intrusive first."""

    TAG = "tag"  # a tag on the version, and a standing deny statement on the tag: no bytes move, newer versions free
    KEY = "key"  # a deny statement on the key (and version)
    ACL = "acl"  # the object's ACL made private, the old one kept
    QUARANTINE = "quarantine"  # moved to a bucket of ours; unversioned buckets only, for a version id cannot come back


@dataclass(frozen=True, slots=True)
class Abilities:
    """One store, as probed on canaries of our own in a scratch bucket. A promise that was not kept is False.

    `owner_condition`, `owner_name`: statements spare the owner by account (then links signed by the owner are refused
    too), or by user name alone. `version_condition`: a statement can name one version, else it is on the whole key.
    `delete_null`: a delete that names the version `null` and its ETag falls on that or on nothing, also where versions
    are kept by now. `dangers` names control calls that damaged a canary: they are never sent to a tenant's object.
    """

    endpoint: str = ""
    probed_at: str = ""
    versioning: bool = False
    tagging: bool = False
    policy: bool = False
    tag_policy: bool = False
    owner_condition: bool = False
    owner_name: bool = False
    version_condition: bool = False
    acl: bool = False
    public_block: bool = False
    delete_version: bool = False
    delete_if_match: bool = False
    delete_null: bool = False
    copy_if_match: bool = False
    put_if_none_match: bool = False
    checksum_refusal: bool = False
    object_lock: bool = False
    compliance: bool = False
    legal_hold: bool = False
    dangers: tuple[str, ...] = ()

    @property
    def tagging_is_safe(self) -> bool:
        """Whether tags can be set and taken away without harm to the object."""
        return self.tagging and "put-tagging" not in self.dangers

    @property
    def acl_is_safe(self) -> bool:
        """Whether an ACL can be set without harm to the object."""
        return self.acl and "put-acl" not in self.dangers

    @property
    def vault_is_worm(self) -> bool:
        """Whether evidence can lie under Object Lock COMPLIANCE."""
        return self.object_lock and self.compliance and "retention" not in self.dangers

    def can_delete(self, version_id: str, *, keeps: bool = False) -> bool:
        """Whether exactly the judged bytes can be deleted: by version, or by If-Match (G1).

        `keeps`: the bucket keeps versions by now; what lay there before is deleted by its name `null` alone.
        """
        if version_id:
            return self.delete_version
        return self.delete_null if keeps else self.delete_if_match

    def ways(self, *, versioned: bool, tag_room: bool, policy_room: bool) -> tuple[Way, ...]:
        """The ways open for an object, best first. Rooms: whether one more tag, and our statements, still fit."""
        open_ways = (
            (Way.TAG, self.tagging_is_safe and self.tag_policy and tag_room and policy_room),
            (Way.KEY, self.policy and policy_room),
            (Way.ACL, self.acl_is_safe),
            (Way.QUARANTINE, not versioned and self.copy_if_match and self.delete_if_match),
        )
        return tuple(way for way, is_open in open_ways if is_open)

"""Measures on S3 objects: suspended by the least intrusive way the store was shown to obey, and exactly undone."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.adapters.outside import Outside, worst
from scanner.adapters.probe import probe
from scanner.adapters.s3_calls import s3_calls
from scanner.adapters.s3_lying import keeps_versions
from scanner.adapters.s3_policy import BucketPolicies
from scanner.adapters.s3_quarantine import Quarantine
from scanner.adapters.s3_ways import S3Ways
from scanner.domain.content import Subject
from scanner.domain.enforcement.abilities import Abilities, Way
from scanner.domain.enforcement.statements import fits, hold_statements, with_statements
from scanner.domain.enforcement.statements import key_statements as on_key
from scanner.errors import ChangedError, ConflictError, EnforcementError, GoneError

MAX_TAGS = 10
LINK_SECONDS = 300


@dataclass(slots=True)
class S3Surface:
    """The Surface of S3-compatible stores. `base_url` is where the world reads; `cdn` further addresses.

    The store is probed in a scratch bucket before the first measure, unless `abilities` brings what was shown before.
    """

    client: Any
    base_url: str
    abilities: Callable[[], Abilities] | None = None
    cdn: tuple[str, ...] = ()
    quarantine: str = "aup-quarantine"
    _known: list[Abilities] = field(default_factory=list)

    def plan(self, subject: Subject) -> str:
        """What will be done and what the object is like now, as JSON; GoneError if it is not the judged version."""
        with s3_calls(subject.url):
            self._judged(subject)
            way = self._way(subject)
            plan = {
                "surface": "s3",
                "way": way.value,
                "token": secrets.token_hex(8),
                "bucket": subject.bucket,
                "key": subject.key,
                "version_id": subject.version_id,
                "etag": subject.etag,
                "seen": self.observe(subject),
                **self._ways().before(subject, way),
            }
        return json.dumps(plan, sort_keys=True)

    def suspend(self, subject: Subject, plan: str) -> None:
        """Refuse the object to the world, as planned; once more is no harm. ChangedError if it was replaced."""
        stated = _stated(plan, subject)
        with s3_calls(subject.url):
            self._ways().apply(subject, Way(stated["way"]), stated)

    def restore(self, subject: Subject, plan: str) -> None:
        """Put back what was there before; ConflictError unless the world is as `suspend` left it (G13)."""
        stated = _stated(plan, subject)
        try:
            with s3_calls(subject.url):
                self._ways().undo(subject, Way(stated["way"]), stated)
        except (GoneError, ChangedError) as error:
            raise ConflictError(f"the object is not as we left it: {error.what}", where=subject.url) from error

    def observe(self, subject: Subject) -> str:
        """The worst of two looks from outside: served, served-by-link, unclear, refused or gone."""
        outside = Outside((self.base_url, *self.cdn))
        urls = outside.urls(subject.bucket, subject.key, subject.version_id)
        seen = worst([outside.look(urls, subject.etag) for _ in range(2)])
        if seen in ("served", "unclear"):
            return seen
        if not subject.version_id and self._by_null(subject) == "served":
            return "served"
        by_link = outside.look([self._link(subject)], subject.etag)
        return "served-by-link" if by_link == "served" else seen

    def _by_null(self, subject: Subject) -> str:
        """What the origin gives of it under the id of what was put where versions are not kept."""
        outside = Outside((self.base_url,))
        return outside.look(outside.urls(subject.bucket, subject.key, "null")[1:], subject.etag)

    def before(self, plan: str) -> str:
        """What the world saw when the plan was made."""
        return str(json.loads(plan).get("seen", "served"))

    def moved(self, subject: Subject, plan: str) -> Subject | None:
        """Where the plan moved the judged bytes, if they lie there now; None for a plan that moves none."""
        if _way_of(plan) != Way.QUARANTINE:
            return None
        with s3_calls(subject.url):
            return Quarantine(self.client, self.quarantine).place(subject, _stated(plan, subject))

    def shown(self) -> Abilities:
        """What the store was shown to do."""
        if not self._known:
            self._known.append(self.abilities() if self.abilities else probe(self.client, self.base_url))
        return self._known[0]

    def _way(self, subject: Subject) -> Way:
        policies, shown, bucket = BucketPolicies(self.client), self.shown(), subject.bucket
        tags = self._ways().tags(subject) if shown.tagging_is_safe else []
        try:
            policy = policies.read(bucket) if shown.policy else None
            ours = hold_statements(bucket, spare_owner=True) + on_key(bucket, subject.key, subject.version_id, "0" * 16)
            room = shown.policy and fits(with_statements(policy, ours))
        except EnforcementError:
            room = False  # a policy that is none is left alone; the ACL is still a way
        ways = shown.ways(versioned=bool(subject.version_id), tag_room=len(tags) < MAX_TAGS, policy_room=room)
        if ways[:1] == (Way.QUARANTINE,) and keeps_versions(self.client, bucket):
            ways = ()  # what is moved away would still lie beneath a marker
        if not ways:
            mend = "see `aup stores show` for what the store was shown to do; a person decides"
            raise EnforcementError("no way of suspending is open here", where=subject.url, mend=mend)
        return ways[0]

    def _judged(self, subject: Subject) -> None:
        """GoneError unless the judged version is there (and current, where versions are not kept)."""
        named = {"VersionId": subject.version_id} if subject.version_id else {"IfMatch": f'"{subject.etag}"'}
        try:
            with s3_calls(subject.url):
                self.client.head_object(Bucket=subject.bucket, Key=subject.key, **named)
        except ChangedError as error:
            raise GoneError("was replaced since it was judged", where=subject.url, mend="scan it again") from error

    def _ways(self) -> S3Ways:
        return S3Ways(self.client, self.shown(), self.quarantine)

    def _link(self, subject: Subject) -> str:
        named = {"Bucket": subject.bucket, "Key": subject.key}
        if subject.version_id:
            named["VersionId"] = subject.version_id
        return str(self.client.generate_presigned_url("get_object", Params=named, ExpiresIn=LINK_SECONDS))


def _way_of(plan: str) -> str:
    """The way that a plan goes; "" where it is no plan of ours."""
    try:
        stated = json.loads(plan)
    except ValueError:
        return ""
    return str(stated.get("way", "")) if isinstance(stated, dict) else ""


def _stated(plan: str, subject: Subject) -> Mapping[str, Any]:
    """The plan, if it is one of ours for this very version; EnforcementError otherwise."""
    try:
        stated = json.loads(plan)
        place = (stated["bucket"], stated["key"], stated["version_id"], stated["etag"])
    except (ValueError, KeyError, TypeError) as error:
        raise EnforcementError("its plan cannot be read", where=subject.url, mend="run `aup fsck`") from error
    if place != (subject.bucket, subject.key, subject.version_id, subject.etag):
        raise EnforcementError("its plan is for another version", where=subject.url, mend="run `aup fsck`")
    return dict(stated)

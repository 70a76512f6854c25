"""Measures on S3 objects under test: known abilities, and the ways that they leave."""

import copy
import json
from dataclasses import replace

from localstore.values import Version
from scanner.adapters.s3_surface import S3Surface
from scanner.domain.content import Subject
from scanner.domain.enforcement.abilities import Abilities
from tests.contract.s3_stores import Store

ABLE = Abilities(
    versioning=True,
    tagging=True,
    policy=True,
    tag_policy=True,
    owner_condition=True,
    version_condition=True,
    acl=True,
    delete_version=True,
    delete_if_match=True,
    copy_if_match=True,
    put_if_none_match=True,
)
BY_TAG = {"tagging": True}
BY_KEY = {"tagging": False}
BY_ACL = {"tagging": False, "policy": False}
BY_QUARANTINE = {"tagging": False, "policy": False, "acl": False}


def surface(store: Store, **changed: bool) -> S3Surface:
    """The surface over a store of known abilities."""
    able = replace(ABLE, **changed)  # type: ignore[arg-type]
    return S3Surface(store.client, store.url, lambda: able)


def stored(store: Store, subject: Subject) -> Version:
    """A copy of the version as it lies in the store."""
    bucket = store.world.buckets[subject.bucket]
    found = store.world.named(bucket, subject.key, subject.version_id or "null")
    assert found is not None
    return copy.deepcopy(found)


def sids(store: Store) -> list[str]:
    """The statement ids of the bucket's policy."""
    policy = json.loads(store.world.buckets["tenant"].policy)
    return [one["Sid"] for one in policy["Statement"]]

"""The contract suite of S3 stores on Ceph's RADOS gateway, and where it is not kept."""

from dataclasses import fields

import pytest

from scanner.domain.enforcement.abilities import Abilities
from tests.contract import test_s3_stores as suite
from tests.contract.s3_stores import Store

pytestmark = pytest.mark.slow
KEPT = (
    suite.test_every_legal_key_is_kept_apart,
    suite.test_versions_are_kept_and_deleted_one_by_one,
    suite.test_reads_honour_their_conditions,
    suite.test_tags_metadata_and_headers_are_kept,
    suite.test_multipart_uploads_and_streams_arrive_whole,
    suite.test_listings_come_in_pages_with_prefixes,
    suite.test_a_copy_takes_tags_and_metadata_along,
    suite.test_a_policy_is_kept_as_it_was_put,
    suite.test_a_locked_version_cannot_be_deleted,
)


@pytest.mark.parametrize("promise", KEPT, ids=lambda promise: promise.__name__[5:])
def test_the_gateway_keeps_a_promise_of_the_suite(rgw: Store, promise: object, request: pytest.FixtureRequest) -> None:
    bucket = f"b{abs(hash(request.node.name)) % 10**12}"
    rgw.client.create_bucket(Bucket=bucket)
    assert callable(promise)
    promise(rgw, bucket)


def test_the_probe_shows_what_this_gateway_does_not_keep(able: Abilities) -> None:
    missing = {field.name for field in fields(able) if getattr(able, field.name) is False}
    assert missing == {
        "delete_if_match",
        "copy_if_match",
        "checksum_refusal",
        "owner_condition",
        "version_condition",
        "public_block",
    }
    assert able.dangers == ()
    assert able.vault_is_worm
    assert able.can_delete("a-version")
    assert not able.can_delete("")

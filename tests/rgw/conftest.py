"""One Ceph for the whole suite; AUP_RGW_URL names one that runs already."""

import os
from collections.abc import Iterator

import pytest

from localstore.world import World
from scanner.adapters.probe import probe
from scanner.domain.enforcement.abilities import Abilities
from tests.contract.s3_stores import OWNER, STRANGER, Store, client
from tests.rgw.cluster import cluster, lacking

USERS = {"owner": OWNER, "stranger": STRANGER}


@pytest.fixture(scope="session")
def rgw() -> Iterator[Store]:
    """A real RADOS gateway; the tests are skipped where there is none."""
    if url := os.environ.get("AUP_RGW_URL", ""):
        yield Store(url, client(url), World())
        return
    if trouble := lacking():
        pytest.skip(trouble)
    with cluster(USERS) as made:
        yield Store(made.url, client(made.url), World())


@pytest.fixture(scope="session")
def able(rgw: Store) -> Abilities:
    """What the probe showed of it."""
    return probe(rgw.client, rgw.url)

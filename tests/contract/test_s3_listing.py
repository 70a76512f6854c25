"""Listings through boto3: what the store refuses comes out in our words, as beats and commands expect it."""

import pytest

from scanner.adapters.s3_contents import S3Contents
from scanner.errors import StoreError
from tests.contract.s3_stores import Store, client


def test_a_bucket_that_is_not_there_is_told(plain: Store) -> None:
    with pytest.raises(StoreError, match="the store does not list: NoSuchBucket"):
        list(S3Contents(plain.client).listing("tenent", "", ""))


def test_a_store_that_is_not_there_is_told() -> None:
    with pytest.raises(StoreError, match="the store does not list: EndpointConnectionError"):
        list(S3Contents(client("http://127.0.0.1:9")).listing("tenant", "", ""))


def test_a_bucket_is_listed(plain: Store) -> None:
    plain.put("a")
    assert [subject.key for subject in S3Contents(plain.client).listing("tenant", "", "")] == ["a"]

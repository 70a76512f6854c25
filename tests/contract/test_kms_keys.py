"""Case keys under a key management service: bound to their case, destroyed with it, and taken up beside a key file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scanner.adapters.kms_keys import MARK, KmsWrapper, kms_client
from scanner.domain.canonical import canonical
from scanner.errors import TaintedError, VaultError
from scanner.wire.seal import Keys, load_or_create_keys
from scanner.wire.verify import verify_bundle

MANIFEST = canonical({"format": "aup-evidence/1", "case": "C1"})


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A KMS in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield boto3.client("kms", region_name="us-east-1")


@pytest.fixture
def key_id(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


@pytest.fixture
def keys(kms: Any, key_id: str, tmp_path: Path) -> Keys:
    return load_or_create_keys(tmp_path / "keys", KmsWrapper(kms, key_id))


def test_a_payload_is_sealed_and_opened_and_no_key_file_is_made(keys: Keys, tmp_path: Path) -> None:
    bundle = keys.seal(MANIFEST, b"bad bytes")
    assert keys.open(bundle) == (MANIFEST, b"bad bytes")
    assert verify_bundle(bundle, keys.public).valid
    assert not (tmp_path / "keys" / "vault.key").exists()
    assert (tmp_path / "keys" / "cases" / "C1.key").read_bytes().startswith(MARK)


def test_a_destroyed_case_key_is_gone_for_the_service_too(keys: Keys) -> None:
    bundle = keys.seal(MANIFEST, b"bad bytes")
    assert keys.destroy("C1")
    with pytest.raises(VaultError, match="was destroyed"):
        keys.open(bundle)
    assert verify_bundle(bundle, keys.public).valid


def test_a_wrapped_key_cannot_stand_in_for_another_case(keys: Keys, tmp_path: Path) -> None:
    keys.seal(MANIFEST, b"one")
    other = keys.seal(canonical({"format": "aup-evidence/1", "case": "C2"}), b"two")
    cases = tmp_path / "keys" / "cases"
    (cases / "C2.key").unlink()
    (cases / "C1.key").rename(cases / "C2.key")
    with pytest.raises(TaintedError, match="does not open"):
        keys.open(other)


def test_a_service_taken_up_later_still_opens_what_the_file_wrapped(kms: Any, key_id: str, tmp_path: Path) -> None:
    old = load_or_create_keys(tmp_path / "keys").seal(MANIFEST, b"old")
    keys = load_or_create_keys(tmp_path / "keys", KmsWrapper(kms, key_id))
    assert keys.open(old)[1] == b"old"
    fresh = keys.seal(canonical({"format": "aup-evidence/1", "case": "C2"}), b"new")
    assert keys.open(fresh)[1] == b"new"
    assert (tmp_path / "keys" / "cases" / "C2.key").read_bytes().startswith(MARK)
    with pytest.raises(TaintedError, match="does not open"):
        load_or_create_keys(tmp_path / "keys").open(fresh)


def test_a_service_that_does_not_answer_seals_nothing(kms: Any, tmp_path: Path) -> None:
    keys = load_or_create_keys(tmp_path / "keys", KmsWrapper(kms, "no-such-key"))
    with pytest.raises(VaultError, match="the key service refused: NotFoundException"):
        keys.seal(MANIFEST, b"x")
    assert not (tmp_path / "keys" / "cases" / "C1.key").exists()


def test_an_endpoint_of_ones_own_is_asked() -> None:
    assert kms_client("http://127.0.0.1:9", "us-east-1").meta.endpoint_url == "http://127.0.0.1:9"

"""Sealed bundles: opened by us, verified by anybody, and every change to them found."""

import os
import random
import stat
from pathlib import Path

import pytest

from scanner.domain.audit import Chained
from scanner.domain.canonical import canonical
from scanner.domain.chain import link
from scanner.domain.evidence import Manifest
from scanner.errors import TaintedError, VaultError
from scanner.wire.bundle import signed_part, take_apart
from scanner.wire.keyring import case_key, read_or_create
from scanner.wire.seal import Keys, load_or_create_keys, open_bundle, payload_key, seal_bundle
from scanner.wire.verify import verify_bundle
from tests.contract.stores import NOW, case, verdict

PAYLOAD = b"<?php eval($_POST['x']);"
MANIFEST = Manifest.of(case(), verdict(), kept="bytes", at=NOW, actor="machine").to_bytes()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return load_or_create_keys(tmp_path / "keys")


def resealed(bundle: bytes, keys: Keys, **changed: str) -> bytes:
    """A bundle with another header, its parts untouched, its seal as it was."""
    parts = take_apart(bundle)
    return signed_part({**parts.header, **changed}, parts.manifest, parts.payload) + parts.seal


def test_what_was_sealed_is_opened_again(keys: Keys) -> None:
    assert open_bundle(seal_bundle(MANIFEST, PAYLOAD, keys), keys) == (MANIFEST, PAYLOAD)
    assert keys.open(keys.seal(MANIFEST, b"")) == (MANIFEST, b"")


def test_a_bundle_verifies_with_the_public_key_alone(keys: Keys) -> None:
    report = verify_bundle(seal_bundle(MANIFEST, PAYLOAD, keys), keys.public)
    assert report.valid
    assert report.facts["case"] == "C1"
    assert report.facts["subject"] == "s3://tenant/a/key"


def test_the_content_is_not_in_the_bundle_in_clear(keys: Keys) -> None:
    assert PAYLOAD[:12] not in seal_bundle(MANIFEST, PAYLOAD, keys)


def test_two_seals_of_the_same_are_different_bytes(keys: Keys) -> None:
    assert seal_bundle(MANIFEST, PAYLOAD, keys) != seal_bundle(MANIFEST, PAYLOAD, keys)


def test_every_flipped_bit_is_found(keys: Keys) -> None:
    bundle = seal_bundle(MANIFEST, PAYLOAD, keys)
    for place in range(0, len(bundle), 3):
        forged = bytearray(bundle)
        forged[place] ^= 1 << (place % 8)
        assert not verify_bundle(bytes(forged), keys.public).valid, place


def test_1000_random_edits_are_all_found(keys: Keys) -> None:
    bundle, dice = seal_bundle(MANIFEST, PAYLOAD, keys), random.Random(7)
    for _ in range(1000):
        at, size = dice.randrange(len(bundle)), dice.randrange(1, 9)
        forged = bundle[:at] + dice.randbytes(dice.randrange(9)) + bundle[at + size :]
        assert forged == bundle or not verify_bundle(forged, keys.public).valid


@pytest.mark.parametrize("cut", [0, 7, 8, 31, 40, 95, 96, 500, -1])
def test_a_cut_bundle_is_told(keys: Keys, cut: int) -> None:
    report = verify_bundle(seal_bundle(MANIFEST, PAYLOAD, keys)[:cut], keys.public)
    assert not report.valid
    assert "is no evidence bundle" in report.problems[0] or "is cut short" in report.problems[0]


def test_bytes_after_the_end_are_told(keys: Keys) -> None:
    report = verify_bundle(seal_bundle(MANIFEST, PAYLOAD, keys) + b"x", keys.public)
    assert "followed by bytes that are not its own" in report.problems[0]


def test_lengths_beyond_their_limit_are_refused(keys: Keys) -> None:
    bundle = seal_bundle(MANIFEST, PAYLOAD, keys)
    forged = bundle[:8] + (2**40).to_bytes(8, "big") + bundle[16:]
    assert "beyond its limit" in verify_bundle(forged, keys.public).problems[0]


def test_an_edited_manifest_is_named(keys: Keys) -> None:
    parts = take_apart(seal_bundle(MANIFEST, PAYLOAD, keys))
    forged = signed_part(parts.header, parts.manifest.replace(b"3.1.3.7", b"3.1.3.9"), parts.payload) + parts.seal
    report = verify_bundle(forged, keys.public)
    assert "manifest: it was edited after sealing" in report.problems
    assert "seal: the signature does not fit the bundle" in report.problems


def test_payloads_cannot_change_places(keys: Keys) -> None:
    other = MANIFEST.replace(b'"clause":"3.1.3.7"', b'"clause":"3.1.3.8"')
    one, two = take_apart(seal_bundle(MANIFEST, PAYLOAD, keys)), take_apart(seal_bundle(other, b"other", keys))
    header = {**one.header, **{k: two.header[k] for k in ("payload_sha256", "nonce", "wrap", "wrap_nonce")}}
    signed = signed_part(header, one.manifest, two.payload)
    forged = signed + keys.sign(b"aup-evidence-seal/1\n")
    assert "the signature does not fit" in "; ".join(verify_bundle(forged, keys.public).problems)
    with pytest.raises(TaintedError):
        open_bundle(forged, keys)


def test_another_signers_bundle_is_told(keys: Keys, tmp_path: Path) -> None:
    forged = seal_bundle(MANIFEST, PAYLOAD, load_or_create_keys(tmp_path / "forger"))
    assert verify_bundle(forged, keys.public).problems == ("seal: it was made with another key",)
    with pytest.raises(TaintedError, match="another key"):
        open_bundle(forged, keys)


def test_a_manifest_of_another_format_is_told(keys: Keys) -> None:
    report = verify_bundle(seal_bundle(canonical({"case": "C1"}), b"", keys), keys.public)
    assert report.problems == ("manifest: its format is not aup-evidence/1",)


@pytest.mark.parametrize(
    "manifest", [b"{}", b"[]", b'{"case":1}', b'{ "case":"C1"}', b"x", canonical({"case": "../x"})]
)
def test_a_manifest_without_a_case_is_not_sealed(keys: Keys, manifest: bytes) -> None:
    with pytest.raises(VaultError):
        seal_bundle(manifest, PAYLOAD, keys)


def test_a_header_without_a_field_is_told(keys: Keys) -> None:
    parts = take_apart(seal_bundle(MANIFEST, PAYLOAD, keys))
    bare = {name: value for name, value in parts.header.items() if name != "nonce"}
    forged = signed_part(bare, parts.manifest, parts.payload) + parts.seal
    assert "lacks a field" in verify_bundle(forged, keys.public).problems[0]


def test_a_wrap_that_is_no_base64_is_told(keys: Keys) -> None:
    parts = take_apart(seal_bundle(MANIFEST, PAYLOAD, keys))
    signed = signed_part({**parts.header, "wrap": "%%%"}, parts.manifest, parts.payload)
    from scanner.wire.bundle import seal_message

    forged = signed + keys.sign(seal_message(signed))
    with pytest.raises(TaintedError, match="is no base64"):
        open_bundle(forged, keys)


def test_a_header_edited_behind_the_seal_is_found(keys: Keys) -> None:
    forged = resealed(seal_bundle(MANIFEST, PAYLOAD, keys), keys, cipher="none")
    assert not verify_bundle(forged, keys.public).valid


@pytest.mark.parametrize("public", [b"", b"x", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_public_key_is_told(keys: Keys, public: bytes) -> None:
    report = verify_bundle(seal_bundle(MANIFEST, PAYLOAD, keys), public)
    assert "is no public key" in report.problems[0]


def test_a_public_key_of_another_kind_is_told(keys: Keys) -> None:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    other = X25519PrivateKey.generate().public_key()
    public = other.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    assert "is no Ed25519 key" in verify_bundle(seal_bundle(MANIFEST, PAYLOAD, keys), public).problems[0]


def test_the_audit_log_must_know_the_bundle(keys: Keys) -> None:
    import hashlib

    bundle = seal_bundle(MANIFEST, PAYLOAD, keys)
    body = canonical({"facts": {"bundle": hashlib.sha256(bundle).hexdigest()}})
    known = [Chained(1, body, "", link("", body))]
    assert verify_bundle(bundle, keys.public, known).valid
    stranger = [Chained(1, b"{}", "", link("", b"{}"))]
    assert verify_bundle(bundle, keys.public, stranger).problems == ("audit log: no entry names this bundle",)
    broken = [Chained(1, body, "", "0" * 64)]
    assert "audit log: entry 1 was edited" in verify_bundle(bundle, keys.public, broken).problems[0]


def test_key_files_are_for_their_owner_alone(keys: Keys) -> None:
    seal_bundle(MANIFEST, PAYLOAD, keys)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in keys.folder.rglob("*") if path.is_file()}
    assert modes == {"seal.key": 0o600, "vault.key": 0o600, "seal.pub": 0o644, "C1.key": 0o600}


def test_the_same_folder_gives_the_same_keys(keys: Keys) -> None:
    again = load_or_create_keys(keys.folder)
    assert again.open(keys.seal(MANIFEST, PAYLOAD))[1] == PAYLOAD
    assert (again.public, again.wrapper) == (keys.public, keys.wrapper)


def test_a_destroyed_case_key_makes_its_content_unreadable_and_leaves_the_proof(keys: Keys) -> None:
    bundle = seal_bundle(MANIFEST, PAYLOAD, keys)
    assert keys.destroy("C1")
    assert not keys.destroy("C1")
    assert verify_bundle(bundle, keys.public).valid
    with pytest.raises(VaultError, match="was destroyed or is not here"):
        open_bundle(bundle, keys)
    with pytest.raises(VaultError, match="was destroyed"):
        payload_key(bundle, keys)


def test_a_damaged_case_key_is_told(keys: Keys) -> None:
    bundle = seal_bundle(MANIFEST, PAYLOAD, keys)
    (keys.folder / "cases" / "C1.key").write_bytes(b"x" * 60)
    with pytest.raises(TaintedError, match="does not open"):
        open_bundle(bundle, keys)


def test_another_case_key_in_its_place_is_told(keys: Keys) -> None:
    bundle = seal_bundle(MANIFEST, PAYLOAD, keys)
    (keys.folder / "cases" / "C1.key").unlink()
    case_key(keys.folder, keys.wrapper, "C1", create=True)
    with pytest.raises(TaintedError, match="does not decrypt"):
        open_bundle(bundle, keys)


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("seal.key", b"x", "is no key"),
        ("vault.key", b"short", "has 5 bytes, not 32"),
        ("seal.pub", b"x", "is not the public half"),
    ],
)
def test_damaged_keys_are_told(tmp_path: Path, name: str, body: bytes, message: str) -> None:
    load_or_create_keys(tmp_path)
    (tmp_path / name).write_bytes(body)
    with pytest.raises(VaultError, match=message):
        load_or_create_keys(tmp_path)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    pem = X25519PrivateKey.generate().private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    read_or_create(tmp_path / "seal.key", pem)
    with pytest.raises(VaultError, match="is no Ed25519 key"):
        load_or_create_keys(tmp_path)


def test_the_first_writer_of_a_key_wins(tmp_path: Path) -> None:
    assert read_or_create(tmp_path / "a" / "k", b"one") == b"one"
    assert read_or_create(tmp_path / "a" / "k", b"two") == b"one"
    assert os.listdir(tmp_path / "a") == ["k"]


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(VaultError, match="a key cannot be"):
        load_or_create_keys(tmp_path / "file" / "keys")

"""Sealing: envelope encryption under a per-case key, and an Ed25519 signature over the whole bundle."""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from scanner.domain.canonical import parse_canonical
from scanner.errors import TaintedError, VaultError
from scanner.wire.bundle import MEND, Bundle, from_base64, seal_message, signed_part, take_apart, to_base64
from scanner.wire.keyring import NONCE_BYTES, FileWrapper, Wrapper, Wrappers, case_key, destroy_case_key, read_or_create
from scanner.wire.verify import check_seal

CIPHER = "AES-256-GCM"


@dataclass(frozen=True, slots=True)
class Keys:
    """The sealing keys in their folder. It is the Sealer of `scanner.ports`."""

    folder: Path
    signing: Ed25519PrivateKey
    wrapper: Wrapper
    public: bytes  # PEM

    def seal(self, manifest: bytes, payload: bytes) -> bytes:
        """A sealed bundle (`seal_bundle`)."""
        return seal_bundle(manifest, payload, self)

    def open(self, bundle: bytes) -> tuple[bytes, bytes]:
        """Manifest and payload (`open_bundle`)."""
        return open_bundle(bundle, self)

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature, for checkpoints."""
        return self.signing.sign(message)

    def destroy(self, case: str) -> bool:
        """Crypto-shred one case: its payloads cannot be read any more. False if it had no key."""
        return destroy_case_key(self.folder, case)


def load_or_create_keys(folder: Path, service: Wrapper | None = None) -> Keys:
    """The keys of a folder, made on first use with mode 0600; VaultError if they cannot be used.

    With a `service` the case keys are wrapped by it, and no vault.key is made; one that is there opens older cases.
    """
    pem = read_or_create(folder / "seal.key", _private_pem(Ed25519PrivateKey.generate()))
    try:
        signing = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise VaultError(f"is no key: {error}", where=str(folder / "seal.key"), mend="restore it") from error
    if not isinstance(signing, Ed25519PrivateKey):
        raise VaultError("is no Ed25519 key", where=str(folder / "seal.key"), mend="restore it")
    public = _public_pem(signing.public_key())
    if read_or_create(folder / "seal.pub", public, mode=0o644) != public:
        raise VaultError("is not the public half of seal.key", where=str(folder / "seal.pub"), mend="restore both")
    return Keys(folder, signing, _wrapper(folder, service), public)


def _wrapper(folder: Path, service: Wrapper | None) -> Wrapper:
    path = folder / "vault.key"
    if service is not None and not path.exists():
        return service
    vault_key = read_or_create(path, secrets.token_bytes(32))
    if len(vault_key) != 32:
        raise VaultError(f"has {len(vault_key)} bytes, not 32", where=str(path), mend="restore it")
    file = FileWrapper(vault_key)
    return file if service is None else Wrappers((service, file))


def seal_bundle(manifest: bytes, payload: bytes, keys: Keys) -> bytes:
    """The bundle over a manifest (canonical JSON that names its `case`) and a payload; VaultError without a key."""
    case = _case(manifest)
    key, nonce, wrap_nonce = secrets.token_bytes(32), secrets.token_bytes(NONCE_BYTES), secrets.token_bytes(NONCE_BYTES)
    bound = hashlib.sha256(manifest).digest()
    outer = case_key(keys.folder, keys.wrapper, case, create=True)
    encrypted = AESGCM(key).encrypt(nonce, payload, bound)
    header = {
        "cipher": CIPHER,
        "key_id": hashlib.sha256(keys.public).hexdigest()[:16],
        "public_key": keys.public.decode(),
        "manifest_sha256": bound.hex(),
        "payload_sha256": hashlib.sha256(encrypted).hexdigest(),
        "nonce": to_base64(nonce),
        "wrap": to_base64(AESGCM(outer).encrypt(wrap_nonce, key, bound)),
        "wrap_nonce": to_base64(wrap_nonce),
    }
    signed = signed_part(header, manifest, encrypted)
    return signed + keys.signing.sign(seal_message(signed))


def open_bundle(bundle: bytes, keys: Keys) -> tuple[bytes, bytes]:
    """Manifest and payload of a bundle that our own key sealed; TaintedError if anything in it was changed."""
    parts = take_apart(bundle)
    problems = check_seal(parts, keys.public)
    if problems:
        raise TaintedError("; ".join(problems), where="bundle", mend=MEND)
    outer = case_key(keys.folder, keys.wrapper, _case(parts.manifest), create=False)
    return parts.manifest, decrypt(parts, unwrap(parts, outer))


def unwrap(parts: Bundle, outer: bytes) -> bytes:
    """The payload's own key, out of its wrapping under the case key."""
    nonce, wrap = from_base64(parts.header["wrap_nonce"], "wrap_nonce"), from_base64(parts.header["wrap"], "wrap")
    return _decrypt(outer, nonce, wrap, parts.manifest, "wrap")


def decrypt(parts: Bundle, key: bytes) -> bytes:
    """The payload under its own key."""
    return _decrypt(key, from_base64(parts.header["nonce"], "nonce"), parts.payload, parts.manifest, "payload")


def payload_key(bundle: bytes, keys: Keys) -> bytes:
    """The key of this one payload, to be handed to whoever may read it (an authority, the owner)."""
    parts = take_apart(bundle)
    return unwrap(parts, case_key(keys.folder, keys.wrapper, _case(parts.manifest), create=False))


def _decrypt(key: bytes, nonce: bytes, text: bytes, manifest: bytes, where: str) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, text, hashlib.sha256(manifest).digest())
    except (InvalidTag, ValueError) as error:
        raise TaintedError("does not decrypt under its key", where=where, mend=MEND) from error


def _case(manifest: bytes) -> str:
    stated = parse_canonical(manifest, "manifest")
    case = stated.get("case") if isinstance(stated, dict) else None
    if not isinstance(case, str):
        raise VaultError("names no case", where="manifest", mend="seal a Manifest of scanner.domain.evidence")
    return case


def _private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

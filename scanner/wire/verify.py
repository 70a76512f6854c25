"""The offline verifier: proves a bundle with a public key alone, without our database, vault or network."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from scanner.domain.audit import Chained
from scanner.domain.canonical import parse_canonical
from scanner.domain.chain import broken_links
from scanner.domain.evidence import FORMAT
from scanner.errors import VaultError
from scanner.wire.bundle import Bundle, seal_message, take_apart

SHOWN = ("case", "clause", "rule", "verdict", "sha256", "size", "kept", "captured_at", "actor", "rulebook_digest")


@dataclass(frozen=True, slots=True)
class Report:
    """What the verifier found. `valid` only if nothing is wrong; `facts` are what the manifest states."""

    problems: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify_bundle(bundle: bytes, public_key: bytes, chain: Sequence[Chained] | None = None) -> Report:
    """Check seal, digests and manifest, and (where the audit log is at hand) that the log knows this very bundle."""
    try:
        parts = take_apart(bundle)
        problems = check_seal(parts, public_key)
        stated = parse_canonical(parts.manifest, "manifest")
    except VaultError as error:
        return Report((str(error),))
    if not isinstance(stated, dict) or stated.get("format") != FORMAT:
        return Report((*problems, f"manifest: its format is not {FORMAT}"))
    problems += [] if chain is None else _chain_problems(bundle, chain)
    return Report(tuple(problems), _facts(stated))


def check_seal(parts: Bundle, public_key: bytes) -> list[str]:
    """What is wrong with a bundle's digests and signature under the given public key (PEM)."""
    problems = []
    if hashlib.sha256(parts.manifest).hexdigest() != parts.header["manifest_sha256"]:
        problems.append("manifest: it was edited after sealing")
    if hashlib.sha256(parts.payload).hexdigest() != parts.header["payload_sha256"]:
        problems.append("payload: it was edited after sealing")
    try:
        load_public(public_key).verify(parts.seal, seal_message(parts.signed))
    except InvalidSignature:
        other = parts.header["public_key"].encode() != public_key
        problems.append(
            "seal: it was made with another key" if other else "seal: the signature does not fit the bundle"
        )
    return problems


def load_public(public_key: bytes) -> Ed25519PublicKey:
    """The Ed25519 public key in a PEM text; VaultError if it is none."""
    try:
        key = serialization.load_pem_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise VaultError(f"is no public key: {error}", where="public key", mend="give the seal.pub file") from error
    if not isinstance(key, Ed25519PublicKey):
        raise VaultError("is no Ed25519 key", where="public key", mend="give the seal.pub file")
    return key


def _chain_problems(bundle: bytes, chain: Sequence[Chained]) -> list[str]:
    digest = hashlib.sha256(bundle).hexdigest().encode()
    problems = [f"audit log: {problem}" for problem in broken_links(chain)]
    if not any(digest in entry.body for entry in chain):
        problems.append("audit log: no entry names this bundle")
    return problems


def _facts(stated: Mapping[str, object]) -> dict[str, object]:
    subject = stated.get("subject")
    place = f"s3://{subject.get('bucket')}/{subject.get('key')}" if isinstance(subject, dict) else ""
    return {"subject": place, **{name: stated.get(name, "") for name in SHOWN}}

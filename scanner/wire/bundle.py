"""The sealed bundle: one self-contained file, signed, whose payload is encrypted under a key of its own case.

magic    8 bytes  b"AUPEVID1"
lengths  3 × 8 bytes, big endian: header, manifest, payload as encrypted
header   canonical JSON: cipher, nonces, the case key wrapped under the vault's key, digests of the other two parts
manifest canonical JSON, readable without any key (no content in it)
payload  AES-256-GCM; the manifest's digest is authenticated with it, so payloads cannot change places
seal     64 bytes: Ed25519 over sha256 of everything before it
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.domain.canonical import canonical, parse_canonical
from scanner.errors import TaintedError

MAGIC = b"AUPEVID1"
SEAL_BYTES = 64
HEADER_LIMIT = 64 * 1024
MANIFEST_LIMIT = 16 * 1024 * 1024
SEAL_DOMAIN = b"aup-evidence-seal/1\n"
MEND = "take the original bundle out of the vault"
TEXTS = ("cipher", "key_id", "public_key", "manifest_sha256", "payload_sha256", "nonce", "wrap", "wrap_nonce")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle taken apart; nothing in it is proven yet. `signed` is what the seal is over."""

    header: Mapping[str, str]
    manifest: bytes
    payload: bytes
    signed: bytes
    seal: bytes


def signed_part(header: Mapping[str, str], manifest: bytes, payload: bytes) -> bytes:
    """Everything of a bundle but its seal."""
    head = canonical(dict(header))
    lengths = b"".join(len(part).to_bytes(8, "big") for part in (head, manifest, payload))
    return b"".join((MAGIC, lengths, head, manifest, payload))


def seal_message(signed: bytes) -> bytes:
    """What the Ed25519 signature is made over."""
    return SEAL_DOMAIN + hashlib.sha256(signed).digest()


def take_apart(bundle: bytes) -> Bundle:
    """The parts; TaintedError if they do not fill the file exactly."""
    if bundle[:8] != MAGIC or len(bundle) < 32 + SEAL_BYTES:
        raise TaintedError("is no evidence bundle", where="magic", mend=MEND)
    head, manifest, payload = (int.from_bytes(bundle[at : at + 8], "big") for at in (8, 16, 24))
    if head > HEADER_LIMIT or manifest > MANIFEST_LIMIT:
        raise TaintedError("names a length beyond its limit", where="lengths", mend=MEND)
    end = 32 + head + manifest + payload
    if len(bundle) != end + SEAL_BYTES:
        word = "cut short" if len(bundle) < end + SEAL_BYTES else "followed by bytes that are not its own"
        raise TaintedError(f"is {word}", where="lengths", mend=MEND)
    return Bundle(
        _header(bundle[32 : 32 + head]),
        bundle[32 + head : 32 + head + manifest],
        bundle[32 + head + manifest : end],
        bundle[:end],
        bundle[end:],
    )


def _header(text: bytes) -> Mapping[str, str]:
    header = parse_canonical(text, "header")
    if not isinstance(header, dict) or any(not isinstance(header.get(name), str) for name in TEXTS):
        raise TaintedError("lacks a field of the header", where="header", mend=MEND)
    return header


def to_base64(raw: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(raw).decode()


def from_base64(text: str, where: str) -> bytes:
    """The bytes; TaintedError if the text is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise TaintedError(f"is no base64: {error}", where=where, mend=MEND) from error

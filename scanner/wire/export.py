"""An export: a sealed bundle with the proof that the audit log knows it, for an authority or the owner, offline.

magic    8 bytes b"AUPEXPT1"
lengths  2 × 8 bytes, big endian: statement, bundle
statement canonical JSON: who got it and why, the log's entry over the bundle, its path to a signed checkpoint,
         and (where the receiver may read the content) the payload's own key
bundle   the sealed bundle as it lies in the vault
seal     64 bytes: Ed25519 over sha256 of everything before it
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature

from scanner.domain.audit import Chained
from scanner.domain.canonical import canonical, parse_canonical
from scanner.domain.chain import inclusion_path, link, root_from_path
from scanner.errors import TaintedError, VaultError
from scanner.wire.bundle import MEND, SEAL_BYTES, from_base64, take_apart, to_base64
from scanner.wire.checkpoints import read_checkpoint
from scanner.wire.seal import Keys, decrypt, payload_key
from scanner.wire.verify import Report, load_public, verify_bundle

MAGIC = b"AUPEXPT1"
STATEMENT_LIMIT = 4 * 1024 * 1024
SEAL_DOMAIN = b"aup-export-seal/1\n"


@dataclass(frozen=True, slots=True)
class Handover:
    """To whom a bundle goes, why, by whom and when; `readable`: with the key of its content."""

    receiver: str
    reason: str
    actor: str
    at: datetime
    readable: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """That the log knows a bundle: its entry, and the path to a signed checkpoint that covers it."""

    entry: Chained
    path: Sequence[str]
    checkpoint: bytes


def prove(log: Sequence[Chained], bundle_sha256: str, checkpoint: bytes, public_key: bytes) -> Proof:
    """The proof over the first entry that names the bundle; VaultError if no covered entry does.

    `log` begins with the first entry and reaches at least as far as the checkpoint.
    """
    point = read_checkpoint(checkpoint, public_key)
    covered = log[: point.size]
    entry = next((one for one in covered if bundle_sha256.encode() in one.body), None)
    if entry is None:
        raise VaultError("no signed entry names the bundle yet", where="audit log", mend="take a checkpoint first")
    return Proof(entry, inclusion_path([one.digest for one in covered], entry.number - 1), checkpoint)


def export_bundle(bundle: bytes, proof: Proof, handover: Handover, keys: Keys) -> bytes:
    """The export file."""
    key = to_base64(payload_key(bundle, keys)) if handover.readable else ""
    statement = canonical(
        {
            "format": "aup-export/1",
            "receiver": handover.receiver,
            "reason": handover.reason,
            "actor": handover.actor,
            "at": handover.at.isoformat(),
            "bundle_sha256": hashlib.sha256(bundle).hexdigest(),
            "entry": {
                "number": proof.entry.number,
                "body": to_base64(proof.entry.body),
                "previous": proof.entry.previous,
                "digest": proof.entry.digest,
            },
            "path": list(proof.path),
            "checkpoint": to_base64(proof.checkpoint),
            "payload_key": key,
        }
    )
    signed = b"".join((MAGIC, len(statement).to_bytes(8, "big"), len(bundle).to_bytes(8, "big"), statement, bundle))
    return signed + keys.sign(_message(signed))


def split_export(export: bytes) -> tuple[Mapping[str, Any], bytes]:
    """Statement and bundle; TaintedError if they do not fill the file exactly. Nothing is proven yet."""
    if export[:8] != MAGIC or len(export) < 24 + SEAL_BYTES:
        raise TaintedError("is no export", where="magic", mend=MEND)
    head, size = int.from_bytes(export[8:16], "big"), int.from_bytes(export[16:24], "big")
    if head > STATEMENT_LIMIT or len(export) != 24 + head + size + SEAL_BYTES:
        raise TaintedError("is cut short or has bytes that are not its own", where="lengths", mend=MEND)
    statement = parse_canonical(export[24 : 24 + head], "statement")
    if not isinstance(statement, dict) or statement.get("format") != "aup-export/1":
        raise TaintedError("is no statement of an export", where="statement", mend=MEND)
    return statement, export[24 + head : 24 + head + size]


def verify_export(export: bytes, public_key: bytes) -> Report:
    """Check seal, bundle, the log's entry over it, its path to the signed checkpoint, and the content if readable."""
    inner, problems, facts = Report(), list[str](), dict[str, object]()
    try:
        statement, bundle = split_export(export)
        inner = verify_bundle(bundle, public_key)
        problems += [*_seal_problems(export, public_key), *inner.problems]
        facts = {name: statement[name] for name in ("receiver", "reason", "actor", "at")}
        problems += [*_log_problems(statement, bundle, public_key), *_content_problems(statement, bundle)]
    except VaultError as error:
        problems.append(str(error))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problems.append(f"statement: lacks or misspells a field: {error!r}")
    return Report(tuple(problems), {**inner.facts, **facts})


def verify_any(document: bytes, public_key: bytes) -> Report:
    """Check a sealed bundle or an export, whichever it is."""
    return verify_export(document, public_key) if document[:8] == MAGIC else verify_bundle(document, public_key)


def _seal_problems(export: bytes, public_key: bytes) -> list[str]:
    try:
        load_public(public_key).verify(export[-SEAL_BYTES:], _message(export[:-SEAL_BYTES]))
    except InvalidSignature:
        return ["export: its seal does not fit"]
    return []


def _log_problems(statement: Mapping[str, Any], bundle: bytes, public_key: bytes) -> list[str]:
    entry, digest = statement["entry"], hashlib.sha256(bundle).hexdigest()
    body, point = from_base64(entry["body"], "entry"), from_base64(statement["checkpoint"], "checkpoint")
    signed = read_checkpoint(point, public_key)
    problems = [] if statement["bundle_sha256"] == digest else ["export: it carries another bundle than it states"]
    if digest.encode() not in body:
        problems.append("audit log: the entry does not name this bundle")
    if link(entry["previous"], body) != entry["digest"]:
        problems.append("audit log: the entry's digest does not cover it")
    if root_from_path(entry["digest"], entry["number"] - 1, signed.size, statement["path"]) != signed.root:
        problems.append("audit log: the entry is not under the signed checkpoint")
    return problems


def _content_problems(statement: Mapping[str, Any], bundle: bytes) -> list[str]:
    if not statement["payload_key"]:
        return []
    parts = take_apart(bundle)
    content = decrypt(parts, from_base64(statement["payload_key"], "payload_key"))
    stated = parse_canonical(parts.manifest, "manifest")
    if stated.get("kept") == "bytes" and hashlib.sha256(content).hexdigest() != stated.get("sha256"):
        return ["content: it is not what the manifest states"]
    return []


def _message(signed: bytes) -> bytes:
    return SEAL_DOMAIN + hashlib.sha256(signed).digest()

"""Signed checkpoints of the audit log, and the check of a whole log against them, offline."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography.exceptions import InvalidSignature

from scanner.domain.audit import Chained
from scanner.domain.canonical import canonical, parse_canonical
from scanner.domain.chain import Checkpoint, broken_links, disagreements
from scanner.errors import TaintedError, VaultError
from scanner.wire.bundle import from_base64, to_base64
from scanner.wire.seal import Keys
from scanner.wire.verify import Report, load_public

SIGNED = b"aup-audit-checkpoint/1\n"
MEND = "compare it with the copy that was anchored elsewhere"


def sign_checkpoint(point: Checkpoint, keys: Keys) -> bytes:
    """The checkpoint as a small signed document: to be kept, and anchored where the database's owner cannot write."""
    stated = parse_canonical(point.body(), "checkpoint")
    return canonical({"checkpoint": stated, "signature": to_base64(keys.sign(SIGNED + point.body()))})


def read_checkpoint(document: bytes, public_key: bytes) -> Checkpoint:
    """The checkpoint in a signed document; TaintedError if it was not signed by that key."""
    whole = parse_canonical(document, "checkpoint")
    try:
        stated, signature = whole["checkpoint"], from_base64(whole["signature"], "checkpoint")
        point = Checkpoint(
            int(stated["size"]), str(stated["head"]), str(stated["root"]), datetime.fromisoformat(stated["at"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TaintedError(f"is no checkpoint: {error!r}", where="checkpoint", mend=MEND) from error
    try:
        load_public(public_key).verify(signature, SIGNED + point.body())
    except InvalidSignature as error:
        raise TaintedError("its signature does not fit", where=f"checkpoint {point.size}", mend=MEND) from error
    return point


def verify_log(entries: Sequence[Chained], documents: Iterable[bytes], public_key: bytes) -> Report:
    """Check a whole audit log against its signed checkpoints: edits, removals, swaps, cuts, re-chaining, forks."""
    problems, points = broken_links(entries), list[Checkpoint]()
    for document in documents:
        try:
            points.append(read_checkpoint(document, public_key))
        except VaultError as error:
            problems.append(str(error))
    problems += disagreements(entries, points)
    covered = max((point.size for point in points), default=0)
    facts = {"entries": len(entries), "checkpoints": len(points), "signed up to entry": covered}
    return Report(tuple(problems), facts)

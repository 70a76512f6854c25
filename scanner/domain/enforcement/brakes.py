"""What keeps a machine from doing much at once: the flood breaker (G8) and the rollout of a rule (part of G4)."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Breaker:
    """A rule that hits more than `accounts` distinct customers within `within`, or a bucket of which more than `share`
    is suspended (from `least` objects on), goes to a person."""

    accounts: int = 20
    within: timedelta = timedelta(hours=1)
    share: float = 0.2
    least: int = 10


def trips(breaker: Breaker, *, accounts_hit: int, held: int, stored: int) -> str:
    """Why the breaker is open, or nothing. `held` of `stored` objects of the bucket are suspended, this one included.

    `stored` 0 means that the bucket was not counted: then only the number of customers speaks.
    """
    if accounts_hit > breaker.accounts:
        return f"the rule hit {accounts_hit} customers within {breaker.within}"
    if stored and held >= breaker.least and held / stored > breaker.share:
        return f"{held} of {stored} objects of the bucket would be suspended"
    return ""


def drawn(account: str, bucket: str, key: str, share: float) -> bool:
    """Whether a subject is drawn into a rollout: by hash, so that the same subject is always in or always out."""
    text = "\x1f".join((account, bucket, key)).encode("utf-8", "surrogatepass")
    ticket = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
    return ticket < share * 2**64

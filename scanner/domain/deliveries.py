"""Messages from queues: what was received, and what cannot be used."""

from dataclasses import dataclass
from datetime import datetime

LETTER_BYTES = 256 * 1024  # kept of a message that cannot be used


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of a source. `receipt` settles it; `size` is its whole length, of which `body` may be the head."""

    receipt: str
    body: bytes
    size: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was taken off a queue and could not be used. `id` 0: not kept yet."""

    source: str
    cause: str
    detail: str
    body: bytes
    size: int
    at: datetime
    id: int = 0

"""Polling: what a queue tells of uploads becomes durable requests; only then is the queue told to forget it."""

from collections.abc import Callable
from dataclasses import dataclass

from scanner.domain.content import UploadEvent
from scanner.domain.deliveries import LETTER_BYTES, DeadLetter, Delivery
from scanner.errors import HookError, UnknownError
from scanner.ports import Clock
from scanner.ports_intake import DeadLetters, EventSource
from scanner.services.intake import Accepted, Intake

Decode = Callable[[bytes, int], list[UploadEvent]]


@dataclass(frozen=True, slots=True)
class Polled:
    """What one look at a queue gave: messages, requests filed (or known already), dead letters."""

    messages: int = 0
    requests: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """Decodes messages of any source, refuses what cannot be used, and files the rest."""

    intake: Intake
    decode: Decode
    letters: DeadLetters
    clock: Clock
    max_bytes: int = 8 * 1024 * 1024
    max_records: int = 5_000

    def events(self, delivery: Delivery) -> list[UploadEvent]:
        """Every record of a message; HookError names what is wrong with it."""
        if delivery.size > self.max_bytes or delivery.size != len(delivery.body):
            what = f"{delivery.size} bytes; the limit is {self.max_bytes}"
            raise HookError(413, what, where="message", mend="raise hook_max_bytes, then replay")
        events = self.decode(delivery.body, self.max_records)
        self.intake.refuse_strangers(events)
        return events

    def replay(self, number: int) -> Accepted:
        """Use a dead letter after all; HookError if it is still unusable, UnknownError if only its head was kept."""
        letter = self.letters.letter(number)
        if letter.size != len(letter.body):
            raise UnknownError("only the head of this message was kept", where=f"L{number}", mend="rescan the bucket")
        accepted = self.intake.accept(self.events(Delivery("", letter.body, letter.size)))
        self.letters.settle_letter(number)
        return accepted


@dataclass(frozen=True, slots=True)
class Polling:
    """One source. Messages are settled only after their requests, or their dead letters, are committed."""

    source: EventSource
    opening: Opening

    def poll(self, limit: int = 10) -> Polled:
        """Take up to `limit` messages; whatever is raised before the end leaves all of them on the queue."""
        deliveries = self.source.receive(limit)
        events, dead = list[UploadEvent](), list[DeadLetter]()
        for delivery in deliveries:
            try:
                events += self.opening.events(delivery)
            except HookError as error:
                dead.append(self._dead(delivery, error))
        accepted = self.opening.intake.accept(events)
        self.opening.letters.keep(dead)
        self.source.settle(deliveries)
        return Polled(len(deliveries), len(accepted.requests), len(dead))

    def _dead(self, delivery: Delivery, error: HookError) -> DeadLetter:
        cause = {401: "refused", 413: "oversized"}.get(error.status, "unusable")
        at, body = self.opening.clock.now(), delivery.body[:LETTER_BYTES]
        return DeadLetter(self.source.name, cause, str(error)[:500], body, delivery.size, at)

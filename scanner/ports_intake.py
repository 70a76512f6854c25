"""Ports of intake: queues that tell of uploads, dead letters, small documents of the pipeline, files of the store."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from scanner.domain.deliveries import DeadLetter, Delivery


class EventSource(Protocol):
    """A queue of notifications. What is not settled comes again; StoreError if the queue does not answer."""

    @property
    def name(self) -> str: ...

    def receive(self, limit: int) -> list[Delivery]: ...

    def settle(self, deliveries: Sequence[Delivery]) -> None: ...


class DeadLetters(Protocol):
    """Messages that could not be used, kept with their cause; keeping the same one twice keeps one."""

    def keep(self, letters: Sequence[DeadLetter]) -> None: ...

    def letters(self, limit: int) -> list[DeadLetter]: ...

    def letter(self, number: int) -> DeadLetter: ...

    def settle_letter(self, number: int) -> None: ...


class Notes(Protocol):
    """Small documents by kind and id: cursors, gates, alarms, the canary."""

    def note(self, kind: str, name: str) -> str: ...

    def notes(self, kind: str) -> dict[str, str]: ...

    def save_note(self, kind: str, name: str, document: str) -> None: ...


class Files(Protocol):
    """Whole files of the store as a stream of pieces; ContentError if one cannot be read."""

    def pieces(self, bucket: str, key: str) -> Iterator[bytes]: ...

"""A queue that can be told to fail, and letters in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from scanner.domain.deliveries import DeadLetter, Delivery
from scanner.errors import UnknownError


@dataclass
class ListSource:
    """Messages that come again until they are settled."""

    bodies: list[bytes]
    name: str = "list"
    settled: list[str] = field(default_factory=list)

    def receive(self, limit: int) -> list[Delivery]:
        open_ones = [(str(n), body) for n, body in enumerate(self.bodies) if str(n) not in self.settled]
        return [Delivery(receipt, body, len(body)) for receipt, body in open_ones[:limit]]

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        self.settled += [one.receipt for one in deliveries]


@dataclass
class ListLetters:
    """Letters by number."""

    kept: dict[int, DeadLetter] = field(default_factory=dict)

    def keep(self, letters: Sequence[DeadLetter]) -> None:
        for one in letters:
            self.kept[len(self.kept) + 1] = replace(one, id=len(self.kept) + 1)

    def letters(self, limit: int) -> list[DeadLetter]:
        return list(self.kept.values())[:limit]

    def letter(self, number: int) -> DeadLetter:
        if number not in self.kept:
            raise UnknownError("no such letter")
        return self.kept[number]

    def settle_letter(self, number: int) -> None:
        del self.kept[number]

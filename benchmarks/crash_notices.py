"""Notices of a house in memory, all delivered at once."""

from scanner.ports_enforcement import Post
from scanner.services.noticing import Noticing
from tests.unit.services.house import MemoryHouse


class Letterbox:
    """Takes everything."""

    def deliver(self, post: Post) -> str:
        """Taken."""
        return f"taken {post.id}"


def notice_all(house: MemoryHouse) -> None:
    """Write and deliver what is owed."""
    kept = house.kept
    noticing = Noticing(kept, kept, house.store, kept, house.rules, Letterbox(), house.clock, "https://appeal/{id}")
    noticing.write()
    noticing.send()

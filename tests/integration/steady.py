"""A house whose clock was looked at for long: what a test leaps over was lived through."""

import json
from datetime import UTC, datetime, timedelta

from scanner.adapters.sql_intake import SqlNotes
from scanner.bootstrap import House
from scanner.services.clockwatching import KIND, NAME


def lived_through(house: House, days: int) -> None:
    """As if somebody had looked at the clock every day until so many days from now."""
    now = datetime.now(UTC)
    spoken = [(now - timedelta(days=30)).isoformat(), (now + timedelta(days=days)).isoformat()]
    SqlNotes(house.database).save_note(KIND, NAME, json.dumps(spoken))

"""Calendar months, by which verdicts are kept and dropped."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of UTC."""

    year: int
    month: int

    @staticmethod
    def of(moment: datetime) -> "Month":
        """The month in which a moment lies."""
        aware = moment.astimezone(UTC)
        return Month(aware.year, aware.month)

    @property
    def first(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.plus(1).first

    @property
    def name(self) -> str:
        """As a partition is called."""
        return f"verdict_y{self.year:04}m{self.month:02}"

    @property
    def renewal(self) -> str:
        """What stands as the sequencer of the requests that renew its verdicts."""
        return f"renew-{self.year}-{self.month}"

    def plus(self, months: int) -> "Month":
        """So many months later, or earlier."""
        years, rest = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(years, rest + 1)

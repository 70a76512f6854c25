"""Collects what a walk finds, with bounds of its own."""

from collections.abc import Callable
from dataclasses import replace

from scanner.detection.sniff import sniff
from scanner.detection.unpack.views import Unpacked, View, charset_of
from scanner.domain.content import Sample
from scanner.domain.coverage import Gap, Reason
from scanner.domain.limits import Limits

MOST_GAPS = 200
MOST_NOTES = 100


class Haul:
    """Collects what a walk finds, with bounds of its own; `take` gets views instead of keeping them."""

    def __init__(self, limits: Limits, take: Callable[[View], None] | None = None) -> None:
        self._limits, self._take = limits, take
        self._views: list[View] = []
        self._names: dict[str, None] = {}
        self._gaps: dict[Gap, None] = {}
        self._notes: dict[str, None] = {}
        self._held = self._dropped = 0
        self._kept: dict[bytes, bytes] = {}
        self.has_root = False  # whether the view of the content itself has come

    def view(self, view: View) -> None:
        """Keep the view, or hand it on; views that would not fit into memory become a gap."""
        self.has_root = self.has_root or not view.path
        if self._take is not None:
            self._take(view)
            return
        size = 0 if view.data in self._kept else len(view.data)
        if self._held + size > self._limits.memory_bytes and view.path:
            self.gap(Gap(Reason.OVER_SIZE, view.path, "views of this content do not fit into memory"))
            return
        self._held += size
        kept = self._kept.setdefault(view.data, view.data)
        self._views.append(view if kept is view.data else replace(view, data=kept))

    def raw(self, sample: Sample) -> None:
        """The view of the content itself, where a parser died before it could give it."""
        sniffed = sniff(sample.data, sample.name, sample.media_type)
        self.view(View("", sample.data, sniffed.family, sniffed.lanes, charset=charset_of(sample.media_type)))

    def name(self, name: str) -> None:
        """A member's path, to be scanned as Layer.MEMBER."""
        self._names.setdefault(name)

    def gap(self, gap: Gap) -> None:
        """Something not read; a flood of gaps is counted once it is long enough."""
        if len(self._gaps) < MOST_GAPS or gap.reason not in {one.reason for one in self._gaps}:
            self._gaps.setdefault(gap)
        else:
            self._dropped += gap not in self._gaps

    def note(self, note: str) -> None:
        """A remark."""
        if len(self._notes) < MOST_NOTES:
            self._notes.setdefault(note[:500])

    def forgive(self, path: str) -> None:
        """What was locked at first at `path`, or right inside it, is tried again: its gaps are void."""
        for gap in [one for one in self._gaps if one.reason is Reason.ENCRYPTED]:
            if gap.path == path or gap.path.startswith(f"{path}!") or not path:
                del self._gaps[gap]

    def flush(self) -> None:
        """Nothing is held back here."""

    def done(self, members: int, produced: int, not_judged: tuple[str, ...]) -> Unpacked:
        """All of it."""
        if self._dropped:
            self.note(f"{self._dropped} more gaps of the same kinds are not listed")
        return Unpacked(
            tuple(self._views), tuple(self._names), tuple(self._gaps), tuple(self._notes), members, produced, not_judged
        )

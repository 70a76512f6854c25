"""The way through one content: sniff each part, ask every reader whose signature it bears, then see what is left."""

import hashlib
from itertools import islice

from scanner.detection.signatures import present
from scanner.detection.sniff import TEXTS, Sniffed, not_judged_of, sniff, unlooked
from scanner.detection.unpack.budget import Budget
from scanner.detection.unpack.carve import MOST_STARTS, is_certain, starts
from scanner.detection.unpack.encodings import decoded_body
from scanner.detection.unpack.outside import leftovers
from scanner.detection.unpack.part import Opening, Part, Sink
from scanner.detection.unpack.passwords import SHORT_TEXT, Passwords
from scanner.detection.unpack.readers import ZIP_MARKS, Reader, readers_for
from scanner.detection.unpack.troubles import SpentError, TroubleError
from scanner.detection.unpack.views import View, charset_of, join
from scanner.detection.unpack.zip_read import read_zip
from scanner.domain.content import Sample
from scanner.domain.coverage import Gap, Reason
from scanner.domain.limits import Limits

MOST_LOOKED_AT = 2 * 1024 * 1024 * 1024  # bytes behind embedded starts of one part, each start's rest counted
MOST_VAIN = 256  # starts in one part that turn out to be none
MOST_LOCKED_BYTES = 64 * 1024 * 1024  # of locked parts kept for a second try once more hints are known
_BY_CHANCE = frozenset({"native", "unknown", "text", "script", "page"})


class Walk:
    """One content's walk. `enter` is called for the content and, through readers, for every member, depth first."""

    def __init__(self, limits: Limits, passwords: tuple[str, ...], sink: Sink, packed: int) -> None:
        self.budget = Budget(limits, packed)
        self.passwords = Passwords(passwords)
        self.not_judged: dict[str, None] = {}
        self._sink = sink
        self._opened: dict[tuple[bytes, frozenset[str]], int] = {}
        self._locked: list[tuple[Part, Reader, int]] = []
        self._locked_bytes = 0

    def run(self, sample: Sample) -> None:
        """Walk through `sample`; a spent bound ends it with a gap, and what was found so far stands."""
        root = Part("", sample.data, 0, sample.name, "raw", sample.media_type, charset_of(sample.media_type))
        self.passwords.hint(sample.name.rsplit("/", 1)[-1].rsplit(".", 1)[0])
        try:
            self.enter(root)
            for part in decoded_body(sample, self._opening(root)):
                self.enter(part)
            self._try_again()
        except SpentError as spent:
            self._sink.gap(Gap(spent.reason, "", spent.detail))
        if self.budget.pictures > self.budget.limits.picture_texts:
            self.not_judged.setdefault(TEXTS)

    def enter(self, part: Part) -> None:
        """Judge the part as it is, then open it."""
        sniffed = sniff(part.data, part.name, part.declared)
        if not part.carved:
            self._sink.view(_view(part, sniffed))
        for limit in not_judged_of(sniffed.family, self.budget.limits.picture_texts > 0, sniffed.media_type):
            self.not_judged.setdefault(limit)
        for gap in unlooked(sniffed, part.data, self.budget.limits, part.path) if not part.carved else ():
            self._sink.gap(gap)
        if sniffed.family == "text" and len(part.data) <= SHORT_TEXT and part.depth:
            self.passwords.hint(part.data.decode("utf-8", "replace"))
        self._open(part, sniffed)

    def _open(self, part: Part, sniffed: Sniffed) -> list[tuple[int, int]]:
        """Ask every reader; returns the stretches of bytes that were accounted for."""
        marks = present(part.data)
        readers = readers_for(part, sniffed, marks)
        opening = self._opening(part)
        if readers and not self._may_go_on(part, opening, readers):
            return [(0, len(part.data))]
        for reader in readers:
            self._ask(reader, opening)
        if not opening.covered and read_zip not in readers and not ZIP_MARKS.isdisjoint(marks):
            self._ask(read_zip, opening)
        self._look_at_the_rest(opening, sniffed, marks)
        return opening.covered

    def _may_go_on(self, part: Part, opening: Opening, readers: list[Reader]) -> bool:
        if part.depth >= self.budget.limits.depth:
            opening.gap(Reason.OVER_DEPTH, f"more than {self.budget.limits.depth} containers inside each other")
            return False
        key = hashlib.sha256(part.data).digest(), frozenset(map(repr, readers))
        if self._opened.get(key, part.depth + 1) <= part.depth:
            return False  # the same readers saw the same bytes, no deeper than here: a copy, or an archive of itself
        self._opened[key] = part.depth
        return True

    def _ask(self, reader: Reader, opening: Opening) -> None:
        opening.locked = False
        self._sink.flush()  # what was found so far survives whatever the reader does to this process
        try:
            reader(opening)
        except TroubleError as trouble:
            opening.trouble(trouble)
        except RecursionError:
            opening.gap(Reason.OVER_DEPTH, "nested deeper than a parser can follow")
        except MemoryError:
            opening.gap(Reason.OVER_RATIO, "parser ran out of memory")
        except Exception as error:
            opening.gap(Reason.PARSER_CRASHED, f"{type(error).__name__} in {opening.part.reader}")
        if opening.locked and self._locked_bytes + len(opening.data) <= MOST_LOCKED_BYTES:
            self._locked_bytes += len(opening.data)
            self._locked.append((opening.part, reader, self.passwords.count()))

    def _try_again(self) -> None:
        """Archives that stayed locked, now that texts which came later may have named a password."""
        for part, reader, hints in self._locked[:]:
            if self.passwords.count() > hints:
                self._sink.forgive(part.path)
                self._ask(reader, self._opening(part))

    def _look_at_the_rest(self, opening: Opening, sniffed: Sniffed, marks: frozenset[bytes]) -> None:
        """Bytes that no reader accounted for: their own views where a container left them, and what starts in them."""
        part = opening.part
        if part.carved:
            return
        if opening.covered:
            for rest in leftovers(opening):
                self.budget.member()
                self.enter(rest)
        elif marks - ZIP_MARKS:
            self._open_embedded(opening, marks, chance=sniffed.family in _BY_CHANCE)

    def _open_embedded(self, opening: Opening, marks: frozenset[bytes], *, chance: bool) -> None:
        part = opening.part
        found = sorted(dict.fromkeys(islice(starts(part.data, 1, marks), MOST_STARTS + 1)))
        behind = looked_at = vain = 0
        for at, media in found:
            if at < behind:
                continue
            looked_at += len(part.data) - at
            if looked_at > MOST_LOOKED_AT or vain > MOST_VAIN or len(found) > MOST_STARTS:
                opening.gap(
                    Reason.OVER_MEMBERS, "too many embedded starts: those behind it were not opened", f"(at {at})"
                )
                return
            gain = self._open_one(part, at, media, chance=chance)
            vain = vain if gain else vain + 1
            behind = at + gain

    def _open_one(self, part: Part, at: int, media: str, *, chance: bool) -> int:
        """Open what starts at `at`; returns how many bytes a reader accounted for."""
        self.budget.member()
        path = join(part.path, f"(at {at})")
        chance = chance and not is_certain(part.data, at, media)
        inner = Part(path, part.data[at:], part.depth + 1, "", "carved", media, "", at, carved=True, chance=chance)
        sniffed = sniff(inner.data)
        gain = max((stop for _, stop in self._open(inner, sniffed)), default=0)
        seen = Part(path, part.data[at : at + max(gain, 1)], 0, "", "carved", offset=at)
        self._sink.view(_view(seen, sniffed))
        return gain

    def _opening(self, part: Part) -> Opening:
        return Opening(part, self.budget, self.passwords, self._sink, self.enter)


def _view(part: Part, sniffed: Sniffed) -> View:
    charset = part.charset or charset_of(part.declared)
    return View(part.path, part.data, sniffed.family, sniffed.lanes, part.reader, charset=charset, offset=part.offset)

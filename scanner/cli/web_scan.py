"""`aup scan https://…`: a page as the world sees it, from several vantages, without any server of ours."""

from collections.abc import Iterator
from dataclasses import replace

from scanner.bootstrap_web import fetcher_of, page_gaps
from scanner.cli.local_scan import Scan
from scanner.detection.killable import KillableDetector
from scanner.detection.reading import nothing_of
from scanner.detection.walking import Scanned
from scanner.domain.cdn.fetching import Ask, Page, Unfetched
from scanner.domain.cdn.urls import read_url
from scanner.domain.cdn.vantage import (
    MOST_COMPARED,
    RANGE,
    VANTAGES,
    Difference,
    differences,
    headers_of,
    part_difference,
    spans,
)
from scanner.domain.content import Sample
from scanner.domain.coverage import Gap, Reason
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection
from scanner.errors import UsageError
from scanner.ports_cdn import Fetcher


def scan_url(order: Scan, book: Rulebook, target: str) -> Iterator[Scanned]:
    """The page as a browser is shown it, then as each vantage that is shown something else."""
    read_url(target)  # a target that is none is a usage failure, not a verdict
    if order.state is not None:
        raise UsageError("URLs are not kept in a state file", where=target, mend="leave --state away")
    fetcher, detector = fetcher_of(order.settings), KillableDetector(order.detector(book))
    limit = order.limits.content_bytes
    asks = [Ask(target, headers_of(name), limit=limit, name=name) for name in ("", *VANTAGES)]
    try:
        seen = {outcome.asked.name: outcome for outcome in fetcher.fetch(asks)}
        main = seen.pop("")
        ranges = _ranges(fetcher, main, seen["again"])
        found = (
            differences(_plain(fetcher, main), {name: _plain(fetcher, each) for name, each in seen.items()}) + ranges
        )
        if ranges:
            ask = Ask(target, headers_of(""), limit=limit, span=(0, limit - 1))
            seen[RANGE] = next(iter(fetcher.fetch([ask])))
        yield Scanned(target, _with_context(_detected(detector, main), found, main))
        for each in found:
            yield Scanned(f"{target}#as={each.vantage}", _detected(detector, seen[each.vantage]))
    finally:
        detector.close()
        fetcher.close()


def _plain(fetcher: Fetcher, outcome: Page | Unfetched) -> Page | Unfetched:
    """What is compared: a body out of its content encoding, as far as that can be undone."""
    return (fetcher.plain(outcome, MOST_COMPARED) or outcome) if isinstance(outcome, Page) else outcome


def _ranges(fetcher: Fetcher, main: Page | Unfetched, again: Page | Unfetched) -> tuple[Difference, ...]:
    """The first difference between ranges and the whole; none of a page that is made anew for every visit."""
    if isinstance(main, Unfetched) or (isinstance(again, Page) and again.body != main.body):
        return ()
    asks = [replace(main.asked, span=span) for span in spans(main.body)]
    found = [each for part in fetcher.fetch(asks) for each in part_difference(main, part)]
    return tuple(found[:1])


def _detected(detector: KillableDetector, outcome: Page | Unfetched) -> Detection:
    if isinstance(outcome, Unfetched) and not outcome.body:
        return nothing_of(0, (outcome.gap,))
    headers = outcome.headers
    name = outcome.url if isinstance(outcome, Page) else outcome.asked.url
    kind = headers.get("content-type", "")
    found = detector.detect(Sample(name, outcome.body, kind, headers.get("content-encoding", "")))
    return _with_gaps(found, (outcome.gap,) if isinstance(outcome, Unfetched) else page_gaps(outcome))


def _with_context(detection: Detection, found: tuple[Difference, ...], main: Page | Unfetched) -> Detection:
    """The way there and what differs, as notes on the coverage."""
    notes = [f"cloaking: as {each.vantage} {each.what}" for each in found]
    notes += [f"by way of {hop.url} ({hop.status})" for hop in main.hops[:-1]]
    gaps = [Gap(Reason.INCONSISTENT, "", f"ranges: {each.what}") for each in found if each.vantage == RANGE]
    noted = replace(detection, coverage=replace(detection.coverage, notes=(*detection.coverage.notes, *notes)))
    return _with_gaps(noted, tuple(gaps))


def _with_gaps(detection: Detection, gaps: tuple[Gap, ...]) -> Detection:
    """The detection with what was wrong with the way the content came."""
    coverage = detection.coverage
    return replace(detection, coverage=replace(coverage, gaps=(*coverage.gaps, *gaps))) if gaps else detection

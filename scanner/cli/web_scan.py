"""`aup scan https://…`: a page as the world sees it, from several vantages, without any server of ours."""

from collections.abc import Iterator
from dataclasses import replace

from scanner.bootstrap_web import fetcher_of
from scanner.cli.local_scan import Scan
from scanner.detection.killable import KillableDetector
from scanner.detection.reading import nothing_of
from scanner.detection.walking import Scanned
from scanner.domain.cdn.fetching import Ask, Page, Unfetched
from scanner.domain.cdn.urls import read_url
from scanner.domain.cdn.vantage import FIRST_PART, RANGE, VANTAGES, Difference, differences, headers_of, part_difference
from scanner.domain.content import Sample
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection
from scanner.errors import UsageError


def scan_url(order: Scan, book: Rulebook, target: str) -> Iterator[Scanned]:
    """The page as a browser is shown it, then as each vantage that is shown something else."""
    read_url(target)  # a target that is none is a usage failure, not a verdict
    if order.state is not None:
        raise UsageError("URLs are not kept in a state file", where=target, mend="leave --state away")
    fetcher, detector = fetcher_of(order.settings), KillableDetector(order.detector(book))
    limit = order.limits.content_bytes
    asks = [Ask(target, headers_of(name), limit=limit, name=name) for name in ("", *VANTAGES)]
    asks.append(Ask(target, headers_of(""), limit=limit, name=RANGE, span=FIRST_PART))
    try:
        seen = {outcome.asked.name: outcome for outcome in fetcher.fetch(asks)}
        main, part = seen.pop(""), seen.pop(RANGE)
        found = differences(main, seen) + part_difference(main, part)
        seen[RANGE] = part
        yield Scanned(target, _with_context(_detected(detector, main), found, main))
        for each in found:
            yield Scanned(f"{target}#as={each.vantage}", _detected(detector, seen[each.vantage]))
    finally:
        detector.close()
        fetcher.close()


def _detected(detector: KillableDetector, outcome: Page | Unfetched) -> Detection:
    if isinstance(outcome, Unfetched):
        return nothing_of(0, (outcome.gap,))
    headers = outcome.headers
    name, kind = outcome.url, headers.get("content-type", "")
    return detector.detect(Sample(name, outcome.body, kind, headers.get("content-encoding", "")))


def _with_context(detection: Detection, found: tuple[Difference, ...], main: Page | Unfetched) -> Detection:
    """The way there and what differs, as notes on the coverage."""
    notes = [f"cloaking: as {each.vantage} {each.what}" for each in found]
    notes += [f"by way of {hop.url} ({hop.status})" for hop in main.hops[:-1]]
    return replace(detection, coverage=replace(detection.coverage, notes=(*detection.coverage.notes, *notes)))

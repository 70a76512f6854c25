"""Links, texts and QR codes that lead to URLs on a list: a finding under "providing convenience" (§3.1.3.5)."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from scanner.detection.images import codes, worth_opening
from scanner.domain.cdn.links import MOST_BYTES
from scanner.domain.cdn.urls import read_url
from scanner.domain.cdn.urlset import UrlSet
from scanner.domain.clauses import Ceiling
from scanner.domain.content import Sample
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.known import Difference, Edition
from scanner.domain.rules import Rule, RuleKind, RuleStatus
from scanner.domain.verdicts import Detection
from scanner.errors import ContentError

RULE = Rule(
    id="links.listed",
    kind=RuleKind.HASH,
    clause="3.1.3.5.8",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ceiling=Ceiling.REVIEW,
    status=RuleStatus.REVIEW,
    description="A link, text or QR code leads to a URL on an operator's list, or to one that was condemned here",
    revision="1",
)
MOST_FOUND, MOST_LOOKED_UP = 20, 2_000
_URL = re.compile(rb"""//[^\s"'<>\\\x00-\x20]{4,2000}""")
_SCHEMES = (b"https:", b"http:")


class Inner(Protocol):
    """What looks for everything else: the port `KnowingDetector`, which stands beside this floor."""

    def detect(self, sample: Sample) -> Detection: ...

    def detect_all(self, samples: Sequence[Sample]) -> list[Detection]: ...

    def edition(self) -> Edition: ...

    def way(self, sample: Sample) -> str: ...

    def changed(self, sample: Sample | None, known: Detection, difference: Difference) -> Detection | None: ...

    def changed_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]: ...

    def untouched_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]: ...

    def calm_all(self, samples: Sequence[Sample], difference: Difference) -> list[bool]: ...

    def named(self, detection: Detection, sample: Sample) -> Detection: ...


@dataclass(frozen=True, slots=True)
class ListedLinks:
    """Detection, and the look at where the content leads. Serves the port `KnowingDetector`.

    `urls` is asked each time. `digest` names the operator's lists: when they change, nothing that was known stands.
    What was condemned meanwhile changes nothing that is known; the next full rescan sees it.
    """

    inner: Inner
    urls: Callable[[], UrlSet]
    digest: str

    def detect(self, sample: Sample) -> Detection:
        """As the detector inside, with a finding for each listed URL that the raw bytes or a QR code lead to."""
        return self._with_links(sample, self.inner.detect(sample))

    def detect_all(self, samples: Sequence[Sample]) -> list[Detection]:
        """As `detect`, for many."""
        pairs = zip(samples, self.inner.detect_all(samples), strict=True)
        return [self._with_links(sample, detection) for sample, detection in pairs]

    def _with_links(self, sample: Sample, detection: Detection) -> Detection:
        listed = self.urls()
        found = list(_listed(sample, listed, detection.content.media_type)) if listed.table else []
        if not found:
            return detection
        findings = (*detection.findings, *found)
        return replace(detection, findings=findings, finding_count=detection.finding_count + len(found))

    def edition(self) -> Edition:
        """What is in force, the lists included."""
        edition = self.inner.edition()
        return replace(edition, base=hashlib.sha256(f"{edition.base}{self.digest}".encode()).hexdigest()[:16])

    def way(self, sample: Sample) -> str:
        """As the detector inside."""
        return self.inner.way(sample)

    def changed(self, sample: Sample | None, known: Detection, difference: Difference) -> Detection | None:
        """As the detector inside: findings of the lists stand as long as the lists do."""
        return self.inner.changed(sample, known, difference)

    def changed_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]:
        """As the detector inside."""
        return self.inner.changed_all(samples, known, difference)

    def untouched_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]:
        """As the detector inside."""
        return self.inner.untouched_all(samples, known, difference)

    def calm_all(self, samples: Sequence[Sample], difference: Difference) -> list[bool]:
        """As the detector inside: a link on the lists would have been a finding."""
        return self.inner.calm_all(samples, difference)

    def named(self, detection: Detection, sample: Sample) -> Detection:
        """As the detector inside."""
        return self.inner.named(detection, sample)


def _listed(sample: Sample, urls: UrlSet, media_type: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for text, layer, offset in _leads(sample, media_type):
        if len(seen) >= MOST_LOOKED_UP:
            return
        try:
            url = read_url(f"http:{text}" if text.startswith("//") else text)
        except ContentError:
            continue  # it leads to nothing that a list could hold
        if url.text in seen:
            continue
        seen.add(url.text)
        if name := urls.listed(url):
            length = len(text) if offset is not None else 0
            yield _finding(url.text, name, layer, offset, length)


def _leads(sample: Sample, media_type: str) -> Iterator[tuple[str, Layer, int | None]]:
    data = sample.data[:MOST_BYTES]
    for match in _URL.finditer(data):
        start = match.start()
        before = data[max(0, start - 6) : start].lower()
        start -= next((len(scheme) for scheme in _SCHEMES if before.endswith(scheme)), 0)
        yield data[start : match.end()].decode("utf-8", "replace").replace("&amp;", "&"), Layer.URL, start
    if worth_opening(sample.data, media_type):
        try:
            texts = codes(sample.data)
        except ValueError:
            return  # a picture that cannot be opened is a gap of the detection's own
        for text in texts:
            yield text, Layer.QR, None


def _finding(url: str, name: str, layer: Layer, offset: int | None, length: int) -> Finding:
    return Finding(
        rule=RULE.id,
        revision=RULE.revision,
        clause=RULE.clause,
        severity=RULE.severity,
        confidence=RULE.confidence,
        path="",
        layer=layer,
        offset=offset,
        length=length,
        matched=url,
        excerpt=url[:240],
        detail=f"on the list {name}",
    )

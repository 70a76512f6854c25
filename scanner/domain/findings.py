"""What a rule found, and where exactly."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Severity(IntEnum):
    """How bad it is if it is true."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Confidence(IntEnum):
    """How sure the rule is."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class Layer(StrEnum):
    """Which view of a content a hit was seen in. Keyword rules name these in `views`."""

    RAW = "raw"  # bytes, as YARA sees them
    SOURCE = "source"  # decoded text with entities and escapes undone
    TEXT = "text"  # what a person reads: tags stripped, document text
    NAME = "name"  # the object's key
    MEMBER = "member"  # a member's name
    URL = "url"
    IMAGE_TEXT = "image-text"
    QR = "qr"


MEANT = "as it sounds: "  # begins the detail of what stands in other hanzi of the same sound, not as the rule writes it


@dataclass(frozen=True, slots=True)
class Finding:
    """One hit of one rule.

    `path` leads through containers (`a.zip!b/c.php`, "" for the content itself); `offset` and `length` are bytes in the
    bytes at that path, None where the view has no byte position. `matched` is the text or identifier that hit,
    `excerpt` bounded context. `revision` is the digest of the rule's own text. `detail` says why
    (strings, groups, score).
    """

    rule: str
    revision: str
    clause: str
    severity: Severity
    confidence: Confidence
    path: str
    layer: Layer
    offset: int | None = None
    length: int = 0
    matched: str = ""
    excerpt: str = ""
    detail: str = ""

    @property
    def is_meant(self) -> bool:
        """Whether the text had to be mended to be found: of low confidence whatever its rule's is, and for a person."""
        return self.detail.startswith(MEANT)

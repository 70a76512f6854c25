"""Every bound on what one content may cost, in one place."""

import hashlib
from dataclasses import asdict, dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one content may cost. A limit that is hit leaves a gap in the coverage, never silence.

    Sizes are bytes, times seconds. `digest` names the limits on every verdict.
    """

    content_bytes: int = 256 * MIB  # bytes read of one stored object
    depth: int = 16  # containers inside containers
    members: int = 10_000  # members of all containers of one content together
    produced_bytes: int = 1024 * MIB  # bytes produced by unpacking, counted as they come
    ratio: int = 200  # produced / packed, looked at once ratio_floor bytes were produced
    ratio_floor: int = 64 * MIB  # below it a high ratio is ordinary
    member_bytes: int = 256 * MIB  # bytes of one member
    cpu_seconds: float = 20.0  # of the parser's process for one content
    wall_seconds: float = 30.0  # from first byte to last view
    memory_bytes: int = 512 * MIB  # of the parser's process above its start
    yara_seconds: int = 10  # of one YARA call on one view
    text_chars: int = 8 * MIB  # characters of one text view that keyword rules see in one piece
    finding_count: int = 200  # findings kept of one content; the rest are counted
    excerpt_chars: int = 240  # characters of an excerpt
    matches_per_string: int = 1_000  # YARA matches looked at per string
    nursery_sample: int = 16  # scorers in the nursery, which judge nothing, read one content in so many; 1: all
    picture_texts: int = 0  # pictures whose text is read, with the extra [ocr]: about half a CPU second each
    picture_hashes: bool = False  # pictures are compared; set by the detector where a list of PDQ hashes is in force

    @property
    def digest(self) -> str:
        """sha256 over all limits, first 16 hex digits."""
        return hashlib.sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()[:16]

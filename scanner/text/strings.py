"""Text inside binary data: what stands between the bytes that no text has, each run for itself.

Fonts, message catalogues and databases are no text; read as such they are long stretches of hanzi that nobody wrote,
over which keyword rules take long and sometimes hit. What browsers call binary data bytes (WHATWG MIME Sniffing, 5)
tells them apart. A few kinds of such bytes may be strewn into real text to hide it, so many kinds are asked for.
"""

import re

import numpy as np
from numpy.typing import NDArray

LEAST_RUN = 6  # bytes; three hanzi in GB18030, two in UTF-8
_SHARE = 0.005  # of all bytes
_KINDS = 8  # different ones, each at least once in _RARE bytes
_RARE = 1 << 14
_SAMPLE = 1 << 20
_BINARY = np.zeros(256, dtype=np.bool_)
_BINARY[[*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F]] = True
_RUN = re.compile(rb"[^\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]{%d,}" % LEAST_RUN)


def is_binary_data(data: bytes) -> bool:
    """Whether bytes of many kinds that no text has are strewn over the data."""
    counts = np.bincount(np.frombuffer(data[:_SAMPLE], np.uint8), minlength=256)[_BINARY]
    seen = min(len(data), _SAMPLE)
    return bool(counts.sum() > _SHARE * seen and (counts > seen // _RARE).sum() >= _KINDS)


def runs_only(data: bytes) -> bytes:
    """The data with everything outside its runs of text made NUL; same length."""
    kept: NDArray[np.uint8] = np.zeros(len(data), np.uint8)
    source = np.frombuffer(data, np.uint8)
    for found in _RUN.finditer(data):
        kept[found.start() : found.end()] = source[found.start() : found.end()]
    return kept.tobytes()

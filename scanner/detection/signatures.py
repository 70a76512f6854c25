"""One pass over bytes for the signatures of all formats that are opened wherever they stand."""

from ahocorasick_rs import BytesAhoCorasick

from scanner.detection.magics import EMBEDDED, WITHOUT_NUL

SLICE = 256 * 1024  # bytes searched at a time: an input of nothing but signatures must not make a list of millions
_OVERLAP = max(len(magic) for magic, _ in EMBEDDED) - 1
_MAGICS = tuple(magic for magic, _ in EMBEDDED)
_SEARCH = BytesAhoCorasick(list(_MAGICS))


def present(data: bytes) -> frozenset[bytes]:
    """The signatures that stand in `data`. Text without a NUL holds none of those whose format cannot do without."""
    found: set[bytes] = set()
    for at in range(0, len(data), SLICE):
        piece = data if len(data) <= SLICE else data[at : at + SLICE + _OVERLAP]
        found.update(_MAGICS[index] for index, _, _ in _SEARCH.find_matches_as_indexes(piece))
    return frozenset(found) if not found or b"\0" in data else frozenset(found & WITHOUT_NUL)

"""Split characters (拆字): a hanzi written as its two parts, 赌 as 贝者."""

import zlib
from functools import cache
from itertools import islice, product
from pathlib import Path

MAX_SPLITS = 16  # writings of one term that are looked for


@cache
def split_table() -> dict[str, tuple[str, ...]]:
    """Hanzi → its two-part writings, for the common hanzi."""
    lines = zlib.decompress((Path(__file__).parent / "split_table.bin").read_bytes()).decode().splitlines()
    return {line[0]: tuple(line[1:].split(" ")) for line in lines}


def split_forms(folded: str) -> tuple[str, ...]:
    """The term with some or all of its hanzi split, at most MAX_SPLITS; the term itself is not among them."""
    table = split_table()
    ways = [(char, *table.get(char, ())[:2]) for char in folded]
    forms = dict.fromkeys("".join(way) for way in islice(product(*ways), 1, MAX_SPLITS + 1))
    whole = "".join(table.get(char, (char,))[0] for char in folded)
    return tuple(dict.fromkeys((whole, *forms))) if whole != folded else ()

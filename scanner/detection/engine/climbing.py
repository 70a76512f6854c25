"""When rules run out of time together: ask them by eighths, then by eighths of those, until the slow ones stand alone.

YARA forgets every hit of a scan that runs into its timeout; asked apart, the other rules keep theirs.
"""

import time
from collections.abc import Callable, Sequence

from scanner.detection.engine.asking import Answer

PARTS = 8
BUDGET = 1  # seconds for one part; YARA counts whole seconds
Ask = Callable[[Sequence[int], int], Answer]


def climb(pieces: Sequence[int], ask: Ask, deadline: float) -> tuple[Answer, list[int]]:
    """What the pieces find, and those that did not end. `ask` raises TimeoutError; `deadline` is monotonic seconds."""
    whole, unfinished = Answer(), list[int]()
    owed = parts_of(pieces)
    while owed:
        part = owed.pop(0)
        if time.monotonic() >= deadline:
            unfinished += part
            continue
        try:
            answer = ask(part, BUDGET)
        except TimeoutError:
            if len(part) == 1:
                unfinished += part
            else:
                owed += parts_of(part)
            continue
        whole.add(answer)
    return whole, unfinished


def parts_of(pieces: Sequence[int]) -> list[list[int]]:
    """The pieces in eight parts or fewer."""
    size = max(1, -(-len(pieces) // PARTS))
    return [list(pieces[start : start + size]) for start in range(0, len(pieces), size)]

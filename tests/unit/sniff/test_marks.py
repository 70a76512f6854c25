"""One pass of hyperscan finds the same words and signatures as a search for each."""

import random

import pytest

from scanner.detection.magics import EMBEDDED
from scanner.detection.marks import looked_up, plainly
from scanner.detection.tells import WORDS

pytest.importorskip("hyperscan")
MAGICS = tuple(magic for magic, _ in EMBEDDED)


@pytest.mark.parametrize("magic", [magic for magic in MAGICS if b"\0" in magic])
def test_the_begin_of_a_signature_up_to_its_nul_is_not_the_signature(magic: bytes) -> None:
    data = b"\0\1" + magic.split(b"\0", 1)[0] + b"AGE\0"
    assert looked_up(data).signatures == plainly(data).signatures == frozenset()


def test_every_signature_and_every_word_is_found_in_one_pass() -> None:
    dice = random.Random(30)
    for _ in range(50):
        pieces = [dice.choice((*MAGICS, *WORDS)).swapcase() for _ in range(3)] + [
            dice.choice(MAGICS),
            dice.randbytes(9),
        ]
        data = b"\0" + b"\xfe".join(pieces)
        once, slowly = looked_up(data), plainly(data)
        assert once.at_once
        assert once.signatures == slowly.signatures
        assert [word for word in WORDS if once.has(word)] == [word for word in WORDS if slowly.has(word)]

"""Small scripts that ask for gigabytes: what is put together of them stays within bounds."""

import tracemalloc

import pytest

from scanner.detection.scripts.php import MOST_MADE, plain_php
from scanner.detection.scripts.pure import MOST, called

LONG = "$a = str_repeat('x', 262144);"
BOMBS = {
    "a letter replaced by a long text": LONG + "$b = str_replace('x', $a, $a); eval($b);",
    "letters translated one after the other": LONG + "$b = strtr($a, array('x' => $a)); eval($b);",
    "a long glue between many pieces": LONG + "$b = join($a, str_split($a)); eval($b);",
    "many long values of other names": LONG + "".join(f"$a{n} = $a . '{n}';" for n in range(9_000)),
    "one array of many long values": LONG + "$b = array(" + ",".join(f"$a . '{n}'" for n in range(1_900)) + ");",
    "many calls with long results": "".join(f"$a{n} = str_repeat('{n}', 90000);" for n in range(9_000)),
    "a value put many times into a string": LONG + 'eval("' + "$a" * 40_000 + '");',
    "a value written many times": LONG + "echo " + ",".join(["$a"] * 50_000) + ";",
    "code inside code without end": "eval('" + "eval(1);" * 30_000 + "');" * 9,
    "a form with many slots": LONG + "$b = sprintf('" + "%1$s" * 9_000 + "', $a); eval($b);",
    "a function over many long values": LONG + "$b = array_map('strrev', array(" + "$a," * 1_900 + "1)); eval($b);",
    "numbers of many digits": f"$a = hexdec('{'f' * 90_000}'); echo 'x' . $a . 0x{'f' * 90_000};",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_script_cannot_ask_for_much_memory(bomb: str) -> None:
    source = "<?php " + BOMBS[bomb]
    tracemalloc.start()
    try:
        plain = plain_php(source)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(plain) <= MOST_MADE
    assert peak < 160 * 1024 * 1024


@pytest.mark.parametrize("call", ["str_replace", "str_ireplace"])
def test_a_replacement_that_fits_is_made_and_a_longer_one_is_not(call: str) -> None:
    assert called(call, ["x", "ab", "x" * (MOST // 2)]) == "ab" * (MOST // 2)
    assert called(call, ["x", "ab", "x" * (MOST // 2 + 1)]) is None


def test_a_payload_put_together_of_many_pieces_is_still_seen() -> None:
    pieces = "".join(f"$p .= '{'A' * 80}';" for _ in range(2_000))
    plain = plain_php(f"<?php $p = ''; {pieces} $p .= 'system($_GET[1]);'; eval(substr($p, 160000));")
    assert "system($_GET[1]);" in plain.partition("hidden code")[2]

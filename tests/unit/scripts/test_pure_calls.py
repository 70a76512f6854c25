"""What PHP functions without effects give for constants, and where they give nothing."""

import bz2
from collections.abc import Sequence

import pytest

from scanner.detection.scripts.php import plain_php
from scanner.detection.scripts.pure import MOST, Value, called

LETTERS: dict[str | int, Value] = {0: 97, 1: 115, 2: 115}


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("substr_replace", ["axert", "ss", 1, 1], "assert"),
        ("substr_replace", ["asser", "t", 0, 0], "tasser"),
        ("substr_replace", ["assertion", "", -3], "assert"),
        ("substr_replace", ["system", "", 1, -4], "sstem"),
        ("base_convert", ["696468", 10, 36], "exec"),
        ("base_convert", ["0", 10, 2], "0"),
        ("sprintf", ["%s%c%%", "syste", 109], "system%"),
        ("sprintf", ["%2$s%1$s", "tem", "sys"], "system"),
        ("sprintf", ["%x", 255], "ff"),
        ("vsprintf", ["%s%s", {0: "ev", 1: "al"}], "eval"),
        ("array_map", ["chr", LETTERS], {0: "a", 1: "s", 2: "s"}),
        ("array_pop", [{0: "a", 1: "b"}], "b"),
        ("array_shift", [{0: "a", 1: "b"}], "a"),
        ("key", [{"eval": 1}], "eval"),
        ("md5", ["a"], "0cc175b9c0f1b6a831c399e269772661"),
        ("sha1", ["a"], "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        ("bzdecompress", [bz2.compress(b"system").decode("latin-1")], "system"),
    ],
)
def test_a_call_of_constants_is_worked_out(name: str, arguments: Sequence[Value], value: Value) -> None:
    assert called(name, arguments) == value


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("base_convert", ["zz", 36, 99]),
        ("base_convert", ["no number", 10, 36]),
        ("sprintf", ["%s%s", "one"]),
        ("sprintf", ["%s" * 4, *["x" * (MOST // 2)] * 4]),
        ("array_map", ["my_own", {0: "a"}]),
        ("array_map", ["array_reverse", {0: {0: 1}}]),
        ("array_map", ["strrev", dict.fromkeys(range(9), "x" * 90000)]),
        ("bzdecompress", ["no archive"]),
        ("key", [{}]),
    ],
)
def test_what_does_not_fit_or_grows_too_long_is_left_as_it_is_written(name: str, arguments: Sequence[Value]) -> None:
    assert called(name, arguments) is None


def test_a_name_out_of_codes_and_an_alphabet_is_called_by_its_name() -> None:
    assert "system($_GET['c'])" in plain_php("<?php $f = base_convert(1751504350, 10, 36); $f($_GET['c']);")
    assert "assert($_POST[1])" in plain_php(
        "<?php $f = implode('', array_map('chr', array(97,115,115,101,114,116))); $f($_POST[1]);"
    )

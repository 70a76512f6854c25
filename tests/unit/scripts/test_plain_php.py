"""PHP put together again: names, hidden code, values of the request."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detection.scripts.php import MOST_MADE, plain_php


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ("<?php $f='as'.'sert'; $f($_POST['x']);", "assert($_POST['x'])"),
        ("<?php $f=str_replace('`','','a`s`s`e`r`t'); $f/**/($_GET[0]);", "assert($_GET[0])"),
        ("<?php $f=chr(115).chr(121).'stem'; $f($_GET[0]);", "system($_GET[0])"),
        ("<?php $f=strrev('metsys'); @$f($_GET[0]);", "@system($_GET[0])"),
        ('<?php $f="\\x73\\171stem"; $f($_GET[0]);', "system($_GET[0])"),
        ("<?php ('sys'.'tem')($_GET[2]);", "system($_GET[2])"),
        ("<?php $a=array('f'=>'as','g'=>'sert'); $x=$a['f'].$a[g]; $x($_GET[1]);", "assert($_GET[1])"),
        ("<?php $b=${'_PO'.'ST'}['a']; eval($b);", "eval($_POST['a'])"),
        ("<?php $GLOBALS['k']='sys'; $f=$k.'tem'; $f($_GET[1]);", "system($_GET[1])"),
        ("<?php $x=~'\x9e\x8c\x8c\x9a\x8d\x8b'; $x($_GET[1]);", "assert($_GET[1])"),
        ("<?php $t='{{{'^chr(8).chr(30).chr(15); $$t=1; echo $t;", "'set'"),
        ("<?php $c=trim(base64_decode($_REQUEST['z'])); if ($c) { eval(\"$c;\"); }", "base64_decode($_REQUEST['z'])"),
        ("<?php foreach ($_POST as $k => $v) { eval($v); }", "eval($_POST['each'])"),
        ("<?php function d($a){return chr(ord($a)^3);} $n=d('x1'); $n($q);", "d('x1')($q)"),
        ("<?php define('N','system'); $n=N; $n($_GET[1]);", "system($_GET[1])"),
    ],
)
def test_what_is_hidden_stands_in_the_plain_script(script: str, shown: str) -> None:
    assert shown in plain_php(script)


def test_code_in_a_coded_string_is_looked_at_too() -> None:
    packer = zlib.compressobj(wbits=-15)
    code = "$f='sys'.'tem'; $f($_GET['hidden']); // some more words"
    packed = base64.b64encode(packer.compress(code.encode()) + packer.flush()).decode()
    assert "system($_GET['hidden'])" in plain_php(f"<?php eval(gzinflate(base64_decode('{packed}')));")


@pytest.mark.parametrize(
    "script",
    [
        "<?php $f = $this->name; $f->call($_POST['x']); $g = new $class($_POST['form']);",
        "<?php $x = $_GET['n']; $x = (int) other($x); assert($x > 0);",
    ],
)
def test_what_is_not_known_stays_as_it_is_written(script: str) -> None:
    assert "assert($_" not in plain_php(script).replace(" ", "")
    assert "new$_" not in plain_php(script).replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "<?php " + "(" * 10_000,
        "<?php " + "$a[" * 6_000,
        "<?php $a='x';" + "$a.=$a;" * 1_000,
        "<?php " + "f(" * 5_000,
        "<?php $a=" + "'a'." * 50_000,
        "<?php " + "<<<A\n" * 30_000,
        "<?php /*" * 30_000,
        "<?php " + "$x=str_repeat('a',999999999);" * 300,
        "<?php eval('" + "eval(\\'" * 300,
    ],
)
def test_hostile_scripts_come_to_an_end_and_make_no_more_than_is_allowed(text: str) -> None:
    assert len(plain_php(text)) <= MOST_MADE


@given(st.text(alphabet="<?ph $a_x='\"().[]{};~^|&@+-*/\\0123=>,evalchr\n#", max_size=200))
def test_no_script_is_too_odd(text: str) -> None:
    assert isinstance(plain_php("<?php " + text), str)

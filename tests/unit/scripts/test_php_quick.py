"""Short cuts through a script change nothing of what is made of it, and a refusal refuses nothing that names a call."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detection.scripts import php
from scanner.detection.scripts import tokens as tokenising
from scanner.detection.scripts.calling import may_name_a_call
from scanner.detection.scripts.php import plain_php
from scanner.detection.scripts.plain import plain_views
from scanner.detection.scripts.tokens import Token, tokens
from scanner.detection.unpack.views import View

PIECES = (
    *("$f", "$g", "$_POST", "$GLOBALS", "${'f'}", "$$f", "$", "=", ".=", ".", "(", ")", "[", "]", "{", "}", ";", ","),
    *(
        "'ev'",
        "'al'",
        '"assert"',
        "'assert'",
        '"$f"',
        '"$f(1)"',
        "'a)(b'",
        "1",
        "0x41",
        "\\eval",
        "eval",
        "base64_decode",
    ),
    *(
        "array",
        "foreach",
        "as",
        "=>",
        "new",
        "->",
        "::",
        "function",
        "f",
        "global",
        "static",
        "define",
        "strrev",
        "include",
    ),
    *(" ", "\n", "/* c ?> */", "// c\n", "# c ?>", "#[", "//", "/*", "?>", "<?php ", "<?=", "text", "~", "-", "@", "^"),
    *(
        "<<<X\nab\nX\n",
        "'",
        '"',
        "\\",
        "chr(65)",
        "$f(",
        "$f = 'assert';",
        "$f($_POST['x']);",
        "('as'.'sert')(",
        "\xe9",
    ),
)
SCRIPTS = st.lists(st.sampled_from(PIECES), max_size=24).map(lambda pieces: "<?php " + "".join(pieces))
PLAIN_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r\n\f\v]+|/\*.*?(?:\*/|\Z)|(?://|\#(?!\[))(?:(?!\?>)[^\r\n])*)
   |(?P<word>\\?[A-Za-z_\x7f-\xff][A-Za-z0-9_\x7f-\xff\\]*)
   |(?P<var>\$[A-Za-z_\x7f-\xff][A-Za-z0-9_\x7f-\xff]*)
   |(?P<single>'[^'\\]*(?:\\.[^'\\]*)*(?:'|\Z))
   |(?P<double>"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z))
   |(?P<heredoc><<<[ \t]*(?P<quote>["']?)(?P<tag>[A-Za-z_]\w*)(?P=quote)\r?\n.*?(?:\n[ \t]*(?P=tag)\b|\Z))
   |(?P<number>0[xX][0-9a-fA-F]+|0[bB][01]+|\d+(?:\.\d+)?)
   |(?P<close>\?>|</script\s*>)
   |(?P<op>\.=|=>|->|===?|!==?|::|\+\+|--|&&|\|\||<<|>>|[-+*/%&|^]=|.)
    """,
    re.S | re.X,
)


def plainly(source: str, most: int) -> list[Token]:
    """The tokens, blanks and comments matched one by one."""
    found, place = list[Token](), 0
    while place < len(source):
        opened = tokenising.OPEN.search(source, place)
        end = opened.end() if opened else len(source)
        found.append(Token("page", source[place:end]))
        place = end
        for match in PLAIN_TOKEN.finditer(source, place):
            place = match.end()
            if match.lastgroup == "close":
                found.append(Token("page", ";" + match.group()))
                break
            if match.lastgroup != "blank":
                found.append(Token(match.lastgroup or "op", match.group()))
                if sum(token.kind != "page" for token in found) >= most:
                    return found
    return found


@settings(max_examples=600, deadline=None)
@given(SCRIPTS, st.sampled_from([3, 1_000]))
def test_tokens_are_those_of_the_plain_expression(source: str, most: int) -> None:
    assert list(tokens(source, most)) == plainly(source, most)


@settings(max_examples=1_000, deadline=None)
@given(SCRIPTS)
def test_tokens_of_which_nothing_can_come_are_written_as_the_long_way_writes_them(source: str) -> None:
    quick = plain_php(source)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(php._Script, "_is_plain", lambda *_: False)
        patched.setattr(php._Script, "_has_call", lambda *_: True)
        assert plain_php(source) == quick


@settings(max_examples=1_500, deadline=None)
@given(SCRIPTS)
def test_a_refusal_refuses_nothing_that_names_a_call(source: str) -> None:
    named = list[str]()
    real = php._Script._called_name
    depths = list[php._Script]()

    def watched(script: php._Script) -> tuple[str, int] | None:
        if script not in depths:
            depths.append(script)
        found = real(script)
        if found is not None and script is depths[0]:
            named.append(found[0])
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(php._Script, "_called_name", watched)
        plain_php(source)
    assert may_name_a_call(list(tokens(source, php.MOST_TOKENS))) or not named


def _plain_views_of(source: bytes) -> list[View]:
    return list(plain_views(View("", source, "script", frozenset({"script"}))))


@pytest.mark.parametrize(
    "source",
    [
        b"<?php function each($callback, $x) { return $callback($x) . '_GET'; }",
        b"<?php $x = (int) ($a . '_GET'); $this->{$method}('x');",
        b"<?php // $f($x) $_GET\n echo 1;",
        b"<html><script>(a['b'])(c)</script><?php echo $_GET['x'];",
    ],
)
def test_calls_that_name_nothing_give_no_view(source: bytes) -> None:
    assert _plain_views_of(source) == []


@pytest.mark.parametrize(
    "source",
    [
        b"<?php $f = $_GET['f']; $f($x);",
        b"<?php foreach ($_GET as $f) { $f('x'); }",
        b"<?php ${'f'} = 'system'; $f($_GET['x']);",
        b"<?php preg_replace('/x/e', '$f($_POST[1])', 'x');",
        b"<?php $x[\"f\"]($_GET['x']);",
    ],
)
def test_calls_that_may_name_something_give_a_view(source: bytes) -> None:
    assert len(_plain_views_of(source)) == 1

"""Scripts in the clear, beside the bytes as they came: what hides its names or its code is seen undone, too."""

import re
from collections.abc import Iterator

from scanner.detection.scripts import encoded
from scanner.detection.scripts.asp import plain_asp
from scanner.detection.scripts.php import plain_php
from scanner.detection.unpack.views import View, join
from scanner.domain.findings import Layer
from scanner.text.linear import linear

READER = "plain-script"  # of views that hold no text that the script's own view does not hold
MOST = 8 * 1024 * 1024  # bytes of a script that are put together; its own view is whole
SMALL = 8 * 1024  # bytes of a script in which a callback or an upload and a value of the request are likely to meet
BLANKS = 4 * 1024  # bytes of white space before a script with which it only looks long
TINY = 2 * 1024  # bytes of a script that is put together wherever it runs something
_PHP = re.compile(rb"<\?(?!xml)|language\s{0,4}=\s{0,4}[\"']?php")
# All of these are asked of lower-case bytes; the words in front are cheap to look for and mostly not there.
_RUN_WORDS = (b"eval", b"assert", b"create_function", b"system", b"passthru", b"shell_exec", b"popen", b"proc_open")
_CALLBACK_WORDS = (
    *(b"array_map", b"array_filter", b"array_walk", b"usort", b"uasort", b"uksort", b"array_reduce", b"array_udiff"),
    *(b"array_uintersect", b"array_diff_ukey", b"array_intersect_ukey", b"filter_var", b"call_user_func"),
    *(
        b"register_shutdown_function",
        b"register_tick_function",
        b"preg_replace",
        b"iterator_apply",
        b"forward_static_call",
    ),
    *(b"unserialize", b"array_keys", b"array_values"),
    b"move_uploaded_file",
)
_REQUEST = (b"_get", b"_post", b"_request", b"_cookie", b"_files", b"php://input", b"getallheaders")
_RUN = re.compile(rb"(?<![\w>$])[a-z_]{4,15}(?:\s|/\*.{0,80}?\*/){0,4}\(")
_VARIABLE_CALL = re.compile(
    rb"\$[{a-z_\x7f-\xff][\w\x7f-\xff]{0,40}\}?[ \t]{0,4}(?:[\[{][^\]}\r\n]{0,40}[\]}][ \t]{0,4}){0,2}"
    rb"(?:/\*.{0,80}?\*/)?\("
)
_NO_CALL = re.compile(rb"(?:->|::|\bnew[ \t]{1,4}|\\)\Z")
_JOINTS = (b"'.'", b'"."', b"' . '", b'" . "', b"'. '", b'". "', b"' .'", b'" ."')
_SHORT_JOINT = re.compile(rb"[\"'][a-z_]{1,4}[\"'][ ]?\.[ ]?[\"'][a-z_]{1,4}[\"']")
_CALLED = (b")(", b") (")
_EXPRESSION_CALL = re.compile(rb"[\"'\]][ ]?\)[ ]?\(")
_TELLS = (
    *(b"_get", b"_post", b"_request", b"_cookie", b"_server", b"_files", b"php://input", b"getallheaders", b"_vars"),
    *(b"'.'", b'"."', b"' . '", b'" . "', b"chr(", b"strrev", b"base64_decode", b"str_rot13", b"gzinflate", b"hex2bin"),
    *(b"gzuncompress", b"str_replace", b"\\x6", b"\\x7", b"\\14", b"\\16", b"pack(", b"'^", b'"^', b"~", b"*/(", b"$_"),
)
# Quick looks: each matches wherever the exact look behind it could, in one pass.
_MAY_RUN = linear(b"(?:%s)[a-z_]{0,11}[ \\t\\r\\n\\f\\v]{0,4}(?:\\(|/\\*)" % b"|".join(map(re.escape, _RUN_WORDS)))
_MAY_JOIN = linear(_SHORT_JOINT.pattern + b"|" + _EXPRESSION_CALL.pattern)
_MAY_CALL = linear(_VARIABLE_CALL.pattern)
_ASKS = linear(b"|".join(map(re.escape, _REQUEST)))
_CALLS_BACK = linear(b"|".join(map(re.escape, _CALLBACK_WORDS)))


def plain_views(view: View) -> Iterator[View]:
    """Further views of a script: decoded if it is encoded, put together if it is in pieces."""
    if view.layer is not Layer.RAW or view.lanes.isdisjoint(("script", "page")):
        return
    data = view.data[:MOST]
    if data[:BLANKS].isspace() and (bare := view.data.lstrip()[:MOST]):  # rules for small scripts see a small one
        data = bare
        yield _view(view, "(plain script)", data, READER)
    if encoded.BEGIN in data:
        yield _view(view, "(decoded script)", encoded.decoded(data), "script-encoder")
    low = data.lower()
    if b"\0" in data and (begin := low.find(b"<?php")) > 0:  # a script behind a picture: the picture is no PHP
        data, low = data[begin:], low[begin:]
    if (b"<?" in low or b"language" in low) and _PHP.search(low) and _hides(low):
        plain = plain_php(data.decode("latin-1")).encode("latin-1", "replace")
        yield _view(view, "(plain script)", plain, READER)
    if (b"<%" in low or b"runat" in low) and (page := plain_asp(data)) is not None:
        yield _view(view, "(plain script)", page, READER)


def _hides(low: bytes) -> bool:
    """Whether a script runs what stands in a value, or calls what a value names."""
    if _MAY_RUN.search(low) is not None and _beside(low, _RUN_WORDS, _RUN, 0, 360):
        return len(low) < TINY or any(word in low for word in _TELLS)
    if len(low) < SMALL and _ASKS.search(low) is not None and _CALLS_BACK.search(low) is not None:
        return True
    if _MAY_JOIN.search(low) is not None and (
        _beside(low, _JOINTS, _SHORT_JOINT, 5, 10) or _beside(low, _CALLED, _EXPRESSION_CALL, 2, 2)
    ):
        return True
    return _MAY_CALL.search(low) is not None and _calls_variable(low) and any(word in low for word in _TELLS)


def _beside(low: bytes, words: tuple[bytes, ...], pattern: re.Pattern[bytes], before: int, behind: int) -> bool:
    """Whether the pattern matches where one of the words stands, from at most `before` bytes in front of it on."""
    for word in words:
        at = low.find(word)
        while at >= 0:
            start, end = max(0, at - before), at + behind
            if (pattern.search(low, start, end) if before else pattern.match(low, start, end)) is not None:
                return True
            at = low.find(word, at + 1)
    return False


def _calls_variable(low: bytes) -> bool:
    starts = map(re.Match.start, _VARIABLE_CALL.finditer(low))
    return any(_NO_CALL.search(low, max(0, at - 6), at) is None for at in starts)


def _view(view: View, name: str, data: bytes, reader: str) -> View:
    lanes = view.lanes | {"script"}
    return View(join(view.path, name), data, "script", lanes, reader, charset=view.charset, offset=None)

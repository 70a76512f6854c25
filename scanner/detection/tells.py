"""Words whose presence decides what else is asked of bytes: lower case, ASCII, found in either case.

They stand in one table so that one pass finds them all. Each list belongs to the module that asks for it.
"""

# The sniff's: markers of live parts in any file, and of parts in another coding.
PAGE_TAGS = (b"<script", b"<html", b"<svg")
LIVE = (
    *(b"<?php", b"<?=", b"<? ", b"<?\t", b"<?\n", b"<?\r", b"<?\v", b"<?\f", b"<%", b"<jsp:"),
    *PAGE_TAGS,
)
FILED = (
    b"srcdoc",
    b"<!entity",
    b"bindata",
    b"binarydata",
    b"binary-data",
    b"<binary",
    b"<data>",
    b"<chunk",
    b"encoding=b",
)
CODED = (b"data:", b";base64,", *FILED)

# Behind this word a PHP archive begins.
HALT = b"__HALT_COMPILER();"
PHAR = b"__halt_compiler"
PHARS = (PHAR,)

# The letters of `data:` as scripts and style sheets escape them.
ESCAPES = (
    *(
        b"\\" + lead + code
        for lead in (b"x", b"u00", b"", b"0", b"00", b"000", b"0000")
        for code in (b"64", b"44", b"61", b"41", b"74", b"54", b"3a")
    ),
    b"\\u{",
)

# Of scripts that are put together: where they begin, what they run, and what hides it.
OPENINGS = (b"<?", b"<%", b"runat", b"language", b"#@~^")
RUN_WORDS = (b"eval", b"assert", b"create_function", b"system", b"passthru", b"shell_exec", b"popen", b"proc_open")
CALLBACK_WORDS = (
    *(b"array_map", b"array_filter", b"array_walk", b"usort", b"uasort", b"uksort", b"array_reduce", b"array_udiff"),
    *(b"array_uintersect", b"array_diff_ukey", b"array_intersect_ukey", b"filter_var", b"call_user_func"),
    *(b"register_shutdown_function", b"register_tick_function", b"preg_replace", b"iterator_apply"),
    *(b"forward_static_call", b"unserialize", b"array_keys", b"array_values", b"move_uploaded_file"),
)
REQUEST = (b"_get", b"_post", b"_request", b"_cookie", b"_files", b"php://input", b"getallheaders")
JOINTS = (b"'.'", b'"."', b"' . '", b'" . "', b"'. '", b'". "', b"' .'", b'" ."')
CALLED = (b")(", b") (")
TELLS = (
    *(b"_get", b"_post", b"_request", b"_cookie", b"_server", b"_files", b"php://input", b"getallheaders", b"_vars"),
    *(b"'.'", b'"."', b"' . '", b'" . "', b"chr(", b"strrev", b"base64_decode", b"str_rot13", b"gzinflate", b"hex2bin"),
    *(b"gzuncompress", b"str_replace", b"\\x6", b"\\x7", b"\\14", b"\\16", b"pack(", b"'^", b'"^', b"~", b"*/(", b"$_"),
)

# Of classic ASP: the same.
ASP_TELLS = (b'"&"', b'" & "', b'"+"', b'" + "', b"chr", b"strreverse", b"replace")
ASP_RUNS = (b"execute", b"eval", b"createobject", b"addcode", b"getobject")
ASP_WRITES = (b"createtextfile", b"opentextfile", b"savetofile", b".exec", b".run", b"shellexecute")
ASP_READS = (b"request",)

WORDS: tuple[bytes, ...] = tuple(
    dict.fromkeys(
        (
            *(*PHARS, *ESCAPES),
            *(*LIVE, *CODED, *OPENINGS, *RUN_WORDS, *CALLBACK_WORDS, *REQUEST, *JOINTS, *CALLED, *TELLS),
            *(*ASP_TELLS, *ASP_RUNS, *ASP_WRITES, *ASP_READS),
        )
    )
)

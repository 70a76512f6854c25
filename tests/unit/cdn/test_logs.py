"""Access logs of every form, whole and broken."""

import codecs
import gzip
import io
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.wire.cdn_forms import Form, forms_of, json_form, recognised, text_form
from scanner.wire.cdn_lines import MAX_LINE, Lines, blocks, form_of, opened, tallied

UA = '"-" "Mozilla/5.0 (X11)"'
CLF = "[24/Nov/2026:10:00:00 +0800]"
CLOUDFLARE = {"ClientIP": "1.2.3.4", "ClientRequestHost": "w.example", "ClientRequestMethod": "GET"}
CLOUDFLARE |= {"ClientRequestURI": "/a?b=1", "EdgeResponseBytes": 7, "EdgeResponseStatus": 200, "Cookies": {"a": "b"}}
W3C = "#Version: 1.0\n#Fields: date time sc-bytes cs-method cs(Host) cs-uri-stem sc-status cs-uri-query\n"
LOGS = {
    "nginx": (f'1.2.3.4 - - {CLF} "GET /a?b=1 HTTP/1.1" 200 7 {UA}', b""),
    "vhost": (f'w.example 1.2.3.4 - - {CLF} "GET /a?b=1 HTTP/1.1" 200 7 {UA}', b"w.example"),
    "qiniu": (f'1.2.3.4 HIT 6 {CLF} "GET http://w.example/a?b=1 HTTP/1.1" 200 7 {UA}', b""),
    "aliyun": (f'{CLF} 1.2.3.4 - 15 "-" "GET http://w.example/a?b=1" 200 191 7 MISS "UA" "text/html"', b""),
    "tencent": (
        '20261124100000 1.2.3.4 w.example /a?b=1 7 22 2 200 https://r/ 1 "UA" "(null)" GET HTTPS hit 53',
        b"w.example",
    ),
    "json": (json.dumps(CLOUDFLARE, separators=(",", ":")), b"w.example"),
    "w3c": (W3C + "2026-11-24 10:00:00 7 GET w.example /a 200 b=1", b"w.example"),
}


def read(data: bytes, form: Form | None = None) -> tuple[Counter[tuple[bytes, ...]], Lines]:
    lines, rows = Lines(), Counter[tuple[bytes, ...]]()
    for block in blocks(opened(io.BytesIO(data), lines), lines):
        form = form or form_of(block, "log")
        for part, kind in forms_of(block, form):
            form, rows = kind, rows + tallied(part, kind, lines)
    return rows, lines


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", LOGS)
def test_every_form_is_recognised_and_read(name: str, packed: bool) -> None:
    text, host = LOGS[name]
    data = (text + "\n").encode()
    rows, lines = read(gzip.compress(data) if packed else data)
    form = recognised(data)
    assert form is not None
    assert form.name == name
    [row] = rows
    assert (row[0], row[2], row[3]) == (host, b"200", b"7")
    assert row[1] in (b"/a?b=1", b"http://w.example/a?b=1")
    assert (lines.good, lines.bad) == (1, {})


def test_bad_lines_are_counted_with_reasons_and_the_others_taken() -> None:
    good = LOGS["vhost"][0].encode()
    data = b"\n".join(
        [good, good[:40], b"\xff\xfe garbage", b"", b"x" * (MAX_LINE + 5), good, LOGS["json"][0].encode(), good[:70]]
    )
    rows, lines = read(data)
    assert rows.total() == 2
    assert dict(lines.bad) == {"wrong-form": 4, "too-long": 1}


def test_a_line_of_a_megabyte_is_left_out_wherever_blocks_are_cut() -> None:
    good = (LOGS["nginx"][0] + "\n").encode()
    long = b"y" * 1_000_000
    for cut in (1_000, 65_536, 999_999, 1_048_576):
        data = good + long + b"\n" + good
        lines, rows = Lines(), Counter[tuple[bytes, ...]]()
        pieces = (data[start : start + cut] for start in range(0, len(data), cut))
        for block in blocks(pieces, lines):
            rows += tallied(block, text_form("nginx"), lines)
        assert (rows.total(), lines.bad) == (2, {"too-long": 1}), cut


def test_json_of_another_shape_is_read_by_a_parser() -> None:
    other = {"EdgeResponseStatus": 200, "ClientRequestURI": '/q"uote', "ClientRequestHost": "w.example", "x": True}
    data = "\n".join([LOGS["json"][0], json.dumps(other), '{"cut', '{"ClientRequestURI": "/no-status"}']) + "\n"
    rows, lines = read(data.encode())
    assert set(rows) == {
        (b"w.example", b"/a?b=1", b"200", b"7"),
        (b"w.example", b'/q"uote', b"200", b"0"),
    }
    assert dict(lines.bad) == {"no-json": 2}


TEXTS = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=12)


@given(
    st.lists(st.tuples(TEXTS, TEXTS.filter(bool), st.integers(100, 599), st.integers(0, 10**9)), min_size=1, max_size=8)
)
def test_the_fast_way_and_a_parser_agree(rows: list[tuple[str, str, int, int]]) -> None:
    made = [{"h": 1, "host": host, "uri": url, "status": status, "size": size} for host, url, status, size in rows]
    data = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in made).encode()
    form = json_form(data.split(b"\n")[0])
    assert form is not None
    assert form.plain is not None
    fast, _ = read(data, form)
    slow = Counter(form.plain(line) for line in data.split(b"\n") if line)
    assert fast == slow


@given(st.binary(max_size=400))
def test_no_bytes_break_any_form(data: bytes) -> None:
    for name in ("nginx", "vhost", "qiniu", "aliyun", "tencent"):
        rows, lines = read(data + b"\n", text_form(name))
        assert rows.total() == lines.good


def test_an_unknown_form_and_a_damaged_gzip_are_refused_with_the_mend() -> None:
    with pytest.raises(UsageError, match="--as"):
        read(b"hello world\n" * 5)
    with pytest.raises(UsageError, match="damaged"):
        read(gzip.compress((LOGS["nginx"][0] + "\n").encode() * 500)[:60] + b"\0" * 50)


def test_a_gzip_of_several_members_is_read_to_its_end() -> None:
    data = (LOGS["nginx"][0] + "\n").encode()
    _, lines = read(gzip.compress(data * 10) + gzip.compress(data * 5))
    assert lines.good == 15


def test_a_bomb_that_calls_itself_a_log_is_refused() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000)
    with pytest.raises(UsageError, match="far more"):
        read(bomb, text_form("nginx"))


def test_a_gzip_that_is_cut_off_is_counted_and_what_came_before_is_taken() -> None:
    data = b"".join(LOGS["nginx"][0].replace("/a", f"/{number}").encode() + b"\n" for number in range(3_000))
    packed = gzip.compress(data)
    _, lines = read(packed[: len(packed) // 2])
    assert lines.bad["cut-gzip"] == 1
    assert 500 < lines.good < 3_000
    _, whole = read(packed + gzip.compress(data))
    assert (whole.good, whole.bad) == (6_000, {})


@pytest.mark.parametrize("last", ["sc-status", "cs-uri-stem", "x-host-header"])
def test_line_ends_of_windows_belong_to_no_field(last: str) -> None:
    fields = {"sc-status": "200", "cs-uri-stem": "/a", "x-host-header": "w.example"}
    order = [*(name for name in fields if name != last), last]
    rows, lines = read(f"#Fields: {' '.join(order)}\r\n{' '.join(fields[name] for name in order)}\r\n".encode())
    assert [*rows] == [(b"w.example", b"/a", b"200", b"0")]
    assert (lines.good, lines.bad) == (1, {})


def test_a_w3c_log_that_declares_other_fields_further_down_is_read_by_them() -> None:
    first = "#Fields: cs-uri-stem sc-status sc-bytes\n/a 200 7\n"
    rows, lines = read((first + "#Fields: sc-bytes cs-uri-stem sc-status\n7 /b 200\n#Fields: x-y\nz 1 2\n").encode())
    assert {row[1] for row in rows} == {b"/a", b"/b"}
    assert lines.bad == {"wrong-form": 1}


def test_bytes_that_a_server_writes_as_escapes_are_asked_for_as_they_were() -> None:
    line = LOGS["nginx"][0].replace("/a?b=1", "/\\xE5\\x9B\\xBE\\x22.jpg")
    assert [row[1] for row in read(line.encode() + b"\n")[0]] == ['/图".jpg'.encode()]


def test_a_mark_of_byte_order_and_nulls_hide_no_line() -> None:
    rows, _ = read(codecs.BOM_UTF8 + LOGS["vhost"][0].encode() + b"\n")
    assert {row[0] for row in rows} == {b"w.example"}
    told = (
        b'{"host":"w.example","uri":"/a","status":200,"bytes":1}\n{"host":null,"uri":"/b","status":200,"bytes":null}\n'
    )
    assert set(read(told)[0]) == {(b"w.example", b"/a", b"200", b"1"), (b"", b"/b", b"200", b"0")}

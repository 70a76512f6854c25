"""Lines, logs and remote writes: what is taken, what is counted, what is refused whole."""

import math
import random
import struct

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.usage_scale import remote_write_body
from scanner.domain.usage.book import Metric
from scanner.domain.usage.causes import Snapshot
from scanner.domain.usage.samples import RawSample, Tally
from scanner.domain.usage.traffic import Access
from scanner.errors import HookError, UsageError
from scanner.wire import usage_remote_write
from scanner.wire.usage_lines import csv_samples, json_samples, json_snapshots, moment
from scanner.wire.usage_logs import accesses
from scanner.wire.usage_remote_write import RemoteWrite

METRICS = (
    Metric("cpu_total", "cpu", "s", True, "account", {"mode": "user"}),
    Metric("memory_bytes", "memory", "B"),
)
S3 = (
    "79a59df900 mybucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59df900 3E57 REST.GET.OBJECT a/b.txt "
    '"GET /mybucket/a/b.txt HTTP/1.1" 200 - 113 200 7 5 "-" "agent \\" x" - h= SigV4 ECDHE AuthHeader e TLSV1.2 - -'
)
CDN = 'cdn.example.com 192.0.2.1 - - [06/Feb/2019:08:00:38 +0800] "GET /x.mp4 HTTP/1.1" 200 5120 "-" "agent"'


def series(labels: dict[str, str], value: float | bytes, at: int) -> bytes:
    """One series of one sample in protobuf."""

    def field(tag: int, body: bytes) -> bytes:
        size = [len(body)] if len(body) < 128 else [len(body) & 127 | 128, len(body) >> 7]
        return bytes([tag, *size]) + body

    raw = value if isinstance(value, bytes) else struct.pack("<d", value)
    number, moment_ = at, bytearray()
    while number > 127:
        moment_.append(number & 127 | 128)
        number >>= 7
    sample = (b"\x09" + raw if raw != bytes(8) else b"") + b"\x10" + bytes([*moment_, number])
    pairs = b"".join(field(0x0A, field(0x0A, n.encode()) + field(0x12, v.encode())) for n, v in labels.items())
    return field(0x0A, pairs + field(0x12, sample))


def block(*parts: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(b"".join(parts)))


def cpu(account: str = "acme", **more: str) -> dict[str, str]:
    return {"__name__": "cpu_total", "account": account, "mode": "user", **more}


def test_a_remote_write_gives_samples_with_their_units() -> None:
    decoder = RemoteWrite(METRICS, 1 << 20)
    body = block(
        series(cpu(), 1.5, 1_700_000_000_123), series({"__name__": "memory_bytes", "account": "b"}, 0.0, 1_000)
    )
    for _ in range(2):
        samples, tally = decoder.samples(body)
        assert samples == [
            RawSample("acme", "cpu", 1_700_000_000.123, 1.5, "s", True),
            RawSample("b", "memory", 1.0, 0.0, "B", False),
        ]
        assert tally == Tally()


def test_unmapped_metrics_are_counted_and_stale_marks_are_no_samples() -> None:
    stale = b"\x02\x00\x00\x00\x00\x00\xf0\x7f"
    other = cpu() | {"mode": "idle"}
    body = block(
        series(other, 1.0, 1), series({"__name__": "up"}, 1.0, 1), series(cpu(), stale, 1), series(cpu(), math.nan, 1)
    )
    samples, tally = RemoteWrite(METRICS, 1 << 20).samples(body)
    assert tally.refused == {"unmapped-metric": 2}
    assert len(samples) == 1
    assert math.isnan(samples[0].value)


def test_two_series_of_one_account_are_not_taken_in_turns() -> None:
    decoder, at = RemoteWrite(METRICS, 1 << 20), 1_700_000_000_000
    rows = [series(cpu(instance=host), total, at) for host, total in (("one", 1_000.0), ("two", 5.0))]
    samples, tally = decoder.samples(block(*rows))
    assert [sample.value for sample in samples] == [1_000.0]
    assert tally.refused == {"second-series": 1}
    assert "sum them" in tally.examples[0]
    later, _ = decoder.samples(block(series(cpu(instance="two"), 6.0, at + 119_000)))
    moved, _ = decoder.samples(block(series(cpu(instance="two"), 7.0, at + 121_000)))
    assert ([*later], [sample.value for sample in moved]) == ([], [7.0])
    ended = b"\x02\x00\x00\x00\x00\x00\xf0\x7f"
    decoder.samples(block(series(cpu(instance="two"), ended, at + 122_000)))
    again, _ = decoder.samples(block(series(cpu(instance="three"), 8.0, at + 123_000)))
    assert [sample.value for sample in again] == [8.0]


def test_label_sets_are_remembered_up_to_a_bound_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_remote_write, "MAX_REMEMBERED", 10_000)
    decoder = RemoteWrite(METRICS, 1 << 20)
    for number in range(100):
        decoder.samples(block(series({"__name__": "up", "path": f"{number}" * 200}, 1.0, 1)))
    assert sum(map(len, decoder.known)) < 10_000


def test_metadata_and_new_fields_are_passed_over() -> None:
    metadata, odd, fixed = b"\x1a\x03abc", b"\x20\x05", b"\x29" + bytes(8)
    samples, _ = RemoteWrite(METRICS, 1 << 20).samples(block(metadata, odd, fixed, series(cpu(), 2.0, 1)))
    assert [sample.value for sample in samples] == [2.0]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff\xff\xff", 400),
        (b"not snappy at all", 400),
        (block(b"\x0a\x7f\x00"), 400),
        (block(b"\x0a"), 400),
        (block(b"\x0c\x01"), 400),
        (block(b"\x80" * 12), 400),
        (block(series({"__name__": "cpu_total", "account": "x"}, 1.0, 1)[:-4]), 400),
        (block(b"\x00" * 2_000), 413),
    ],
)
def test_what_is_no_remote_write_is_refused_whole(body: bytes, status: int) -> None:
    with pytest.raises(HookError) as refused:
        RemoteWrite(METRICS, 1_000).samples(body)
    assert refused.value.status == status


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_crash_the_decoder(noise: bytes, packed: bool) -> None:
    decoder = RemoteWrite(METRICS, 1 << 16)
    status, samples = 0, list[RawSample]()
    try:
        samples, _ = decoder.samples(block(noise) if packed else noise)
    except HookError as error:
        status = error.status
    assert status in (0, 400, 413)
    assert all(isinstance(sample, RawSample) for sample in samples)


def test_a_big_write_as_prometheus_lays_it_out_is_read_whole() -> None:
    body = remote_write_body([f"a{n}" for n in range(200)], 1_735_689_600, random.Random(1))
    metrics = [Metric("aup_usage_memory_bytes", "memory", "B"), Metric("aup_usage_connections", "connections", "1")]
    samples, tally = RemoteWrite(metrics, 1 << 24).samples(body)
    assert len(samples) == 400
    assert tally.refused == {"unmapped-metric": 800}


def test_csv_lines_are_samples_and_bad_ones_are_counted_by_number() -> None:
    rows = ["acme,cpu,2026-01-01T00:00:00Z,0.5,cores,", "acme,cpu,soon,1,,", "acme,cpu,5,x,,"]
    found = list(csv_samples(["account,resource,at,value,unit,counter", *rows], "f.csv"))
    assert found[0] == RawSample("acme", "cpu", 1_767_225_600.0, 0.5, "cores", False)
    assert [row.refused for row in found[1:] if isinstance(row, Tally)] == [{"malformed": 1}] * 2
    assert isinstance(found[1], Tally)
    assert "f.csv:3" in found[1].examples[0]


def test_a_quotation_mark_that_is_never_closed_spoils_its_own_line_alone() -> None:
    good, long = "acme,cpu,1700000000,0.5,cores\n", '"' + "x" * 200_000 + "\n"
    head = "account,resource,at,value,unit\n"
    found = list(
        csv_samples([head, '"acme,cpu,1,1,cores\n', good, long, good, "a,b,1,2,c,d\n", '"acme",cpu,9,1\n'], "f")
    )
    assert [row.at for row in found if isinstance(row, RawSample)] == [1_700_000_000.0, 1_700_000_000.0, 9.0]
    assert [row.examples[0].split()[1] for row in found if isinstance(row, Tally)] == ["f:2:", "f:4:", "f:6:"]


@pytest.mark.parametrize(
    "line", ["[" * 100_000, '{"account":"a","at":1,"tops":{"/x":Infinity}}', '{"account":"a","at":1e999}']
)
def test_no_line_of_json_ends_the_reading(line: str) -> None:
    assert all(isinstance(row, Tally) for row in (*json_samples([line], "f"), *json_snapshots([line], "f")))


@pytest.mark.parametrize(
    ("line", "form"),
    [
        ('{"host":"a","at":1,"bytes_sent":Infinity}', "json"),
        ("[" * 60_000, "json"),
        ('a - - - [01/Jan/0001:00:00:00 +2359] "GET / HTTP/1.1" 200 5', "combined"),
    ],
)
def test_no_line_of_a_log_ends_the_reading(line: str, form: str) -> None:
    assert all(isinstance(row, Tally) for row in accesses([line], form, "f"))


@pytest.mark.parametrize("head", ["", "a,b", "account,resource,at"])
def test_a_csv_with_another_head_is_refused(head: str) -> None:
    with pytest.raises(UsageError, match="use the columns account, resource"):
        list(csv_samples([head], "f.csv"))


def test_json_lines_are_samples_and_bad_ones_are_counted() -> None:
    lines = [
        '{"account": "acme", "resource": "cpu", "at": 5, "value": 1, "counter": true}',
        "",
        '{"account": "acme", "resource": "cpu", "at": 5, "value": NaN}',
        "{",
        "[1]",
        '{"account": "", "resource": "cpu", "at": 5, "value": 1}',
        '{"account": "acme", "resource": "cpu", "at": 5, "value": true}',
        '{"account": "acme", "resource": "cpu", "at": 5, "value": 1e400}',
    ]
    found = list(json_samples(lines, "f"))
    assert found[0] == RawSample("acme", "cpu", 5.0, 1.0, "", True)
    assert sum(isinstance(row, Tally) for row in found) == 4
    assert sum(isinstance(row, RawSample) for row in found) == 3


def test_snapshots_are_read_and_bad_ones_counted() -> None:
    lines = [
        '{"account": "a", "at": 5, "processes": [{"command": "xmrig", "cpu": 0.9}], "flows": [{"port": 9}],'
        ' "tops": {"/a": 3}}',
        '{"account": "a"}',
        '{"account": "a", "at": 5, "processes": [3]}',
        '{"account": "a", "at": 1e30}',
        '{"account": "a", "at": 5, "processes": [{"command": "x", "cpu": Infinity}]}',
        '{"account": "a", "at": 5, "flows": [{"packets": NaN}]}',
    ]
    found = list(json_snapshots(lines, "f"))
    assert isinstance(found[0], Snapshot)
    assert (found[0].processes[0].cpu, found[0].flows[0].port, found[0].tops) == (0.9, 9, (("/a", 3),))
    assert all(isinstance(row, Tally) for row in found[1:])


def test_a_time_without_a_zone_is_a_guess_and_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        moment("2026-01-01T00:00:00")
    assert moment("12.5") == moment(12.5) == 12.5


def test_logs_of_three_kinds_give_accesses() -> None:
    assert list(accesses([S3], "s3", "f")) == [Access("mybucket", 1_549_411_238.0, 113, 0, "a/b.txt")]
    assert list(accesses([CDN], "combined", "f")) == [Access("cdn.example.com", 1_549_411_238.0, 5_120, 0, "/x.mp4")]
    line = '{"host": "h", "time": "2019-02-06T00:00:38Z", "bytes_sent": 7, "url": "/x"}'
    assert list(accesses([line], "json", "f")) == [Access("h", 1_549_411_238.0, 7, 0, "/x")]


@pytest.mark.parametrize("line", ["", "  "])
def test_empty_log_lines_are_nothing(line: str) -> None:
    assert list(accesses([line], "s3", "f")) == []


@pytest.mark.parametrize(
    ("line", "form"),
    [("x", "s3"), ("x", "combined"), ("{", "json"), ("[]", "json"), ('{"host": "h", "time": 5}', "json"),
     ('{"host": "h", "time": 5, "bytes_sent": -1}', "json"), ('{"host": "h", "time": 1e99, "bytes_sent": 1}', "json"),
     (S3.replace("06/Feb", "99/Feb"), "s3")],
)  # fmt: skip
def test_a_line_that_is_no_access_is_counted(line: str, form: str) -> None:
    found = list(accesses([line], form, "f.log"))
    assert isinstance(found[0], Tally)
    assert found[0].refused == {"malformed": 1}
    assert "f.log:1" in found[0].examples[0]

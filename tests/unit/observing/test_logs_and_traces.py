"""Logs and traces tell what happened and never what an object holds."""

import json
import logging
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from scanner.adapters import tracing
from scanner.adapters.json_logs import JsonFormatter
from scanner.adapters.tracing import Tracing, tracing_to
from scanner.errors import ContentError, SettingsError


def logged(error: BaseException | None, message: str = "scanned %d") -> dict[str, object]:
    try:
        if error is not None:
            raise error
        info = None
    except BaseException:
        info = sys.exc_info()
    record = logging.LogRecord("aup.worker", logging.ERROR, "x.py", 3, message, (7,), info)
    found: dict[str, object] = json.loads(JsonFormatter().format(record))
    return found


def test_a_line_is_one_json_object_with_its_parts() -> None:
    found = logged(None)
    assert (found["event"], found["level"], found["logger"]) == ("scanned 7", "error", "aup.worker")


def test_a_line_break_in_a_message_cannot_start_a_line() -> None:
    record = logging.LogRecord("aup", logging.INFO, "x.py", 3, 'a\n{"event": "forged"}', (), None)
    assert "\n" not in JsonFormatter().format(record)


def test_a_library_s_error_is_told_by_kind_and_place_for_it_may_quote_content() -> None:
    error = UnicodeDecodeError("utf-8", b"secret content \xff", 15, 16, "invalid start byte")
    text = json.dumps(logged(error))
    assert "UnicodeDecodeError" in text
    assert "secret" not in text
    assert "test_logs_and_traces.py:" in text


def test_our_own_error_is_told_in_full() -> None:
    assert "s3://b/k: gone" in json.dumps(logged(ContentError("gone", where="s3://b/k")))


def test_no_trace_is_made_unless_an_address_is_named() -> None:
    assert tracing_to("").tracer is None
    with tracing_to("").span("scan_batch", lane="uploads"):
        pass


def test_spans_carry_counts_and_no_text_of_errors() -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    traces = Tracing(provider.get_tracer("test"))
    with pytest.raises(ValueError, match="secret"), traces.span("scan_batch", lane="uploads", asked=200):
        raise ValueError("secret content")
    [span] = kept.get_finished_spans()
    assert dict(span.attributes or {}) == {"lane": "uploads", "asked": 200, "error.type": "ValueError"}
    assert not span.events


def test_a_missing_extra_is_told_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name, name=name)

    monkeypatch.setattr(tracing, "import_module", missing)
    with pytest.raises(SettingsError, match=r"aup-scanner\[otel\]"):
        tracing_to("http://127.0.0.1:4318/v1/traces")

"""Traces by OpenTelemetry (extra `otel`), off unless an address is named. Attributes are counts and lanes, no names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from scanner.errors import SettingsError

SERVICE = "aup-scanner"


@dataclass(frozen=True, slots=True)
class Tracing:
    """Spans through a tracer; without one nothing happens."""

    tracer: Any = None

    @contextmanager
    def span(self, name: str, **attributes: str | int | float) -> Iterator[None]:
        """A span round the block; an error marks it by its kind alone."""
        if self.tracer is None:
            yield
            return
        with self.tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                raise


def tracing_to(endpoint: str) -> Tracing:
    """Tracing to an OTLP/HTTP address; nothing for "". SettingsError where the extra is not installed."""
    if not endpoint:
        return Tracing()
    try:
        trace, export = import_module("opentelemetry.sdk.trace"), import_module("opentelemetry.sdk.trace.export")
        otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        resources = import_module("opentelemetry.sdk.resources")
    except ImportError as error:
        mend = "pip install 'aup-scanner[otel]', or unset otel_endpoint"
        raise SettingsError(f"traces need a library: {error.name}", where="otel_endpoint", mend=mend) from error
    provider = trace.TracerProvider(resource=resources.Resource.create({"service.name": SERVICE}))
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter(endpoint=endpoint)))
    return Tracing(provider.get_tracer(SERVICE))

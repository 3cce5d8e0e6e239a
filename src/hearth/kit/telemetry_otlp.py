"""Traces to an OpenTelemetry receiver over OTLP/HTTP. Imported only when one is configured: it loads the SDK.

Spans wait in a bounded queue and leave in batches from a thread; a receiver that is slow or away costs spans, never a
request. What an attribute holds passes `kit.logs.redact` and is cut at a length.
"""

from __future__ import annotations

import logging
import time
from types import TracebackType
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from hearth.kit.logs import redact
from hearth.kit.telemetry import Facts, Kind, Span

_LONGEST = 2000
_QUEUE = 4096
_BATCH = 512
_EXPORT_TIMEOUT_S = 5
_COMPLAIN_EVERY_S = 300.0
_KINDS: dict[Kind, trace.SpanKind] = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
    "producer": trace.SpanKind.PRODUCER,
    "consumer": trace.SpanKind.CONSUMER,
}
_CARRIER = TraceContextTextMapPropagator()


class _Spanned:
    """One span of the SDK behind our face."""

    def __init__(self, span: Any, under: Any) -> None:
        self._span = span
        self._under = under

    def note(self, facts: Facts) -> None:
        self._span.set_attributes(_clean(facts))

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def fail(self, words: str) -> None:
        self._span.set_status(trace.Status(trace.StatusCode.ERROR, redact(words)[:_LONGEST]))

    def __enter__(self) -> Span:
        self._under.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace_: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            self.fail(f"{type(error).__name__}: {error}")
        self._under.__exit__(None, None, None)


class OtlpTracer:
    """Sends spans to `endpoint` ("http://collector:4318"); `ratio` of all traces are kept, or what the parent says."""

    def __init__(self, endpoint: str, ratio: float, *, process: str, version: str, flush_ms: int = 2000) -> None:
        resource = Resource.create(
            {"service.name": "hearth", "service.version": version, "service.instance.id": process}
        )
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(ratio)),
            resource=resource,
            span_limits=SpanLimits(max_attribute_length=_LONGEST),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_TIMEOUT_S)
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter, max_queue_size=_QUEUE, max_export_batch_size=_BATCH, schedule_delay_millis=flush_ms
            )
        )
        self._tracer = self._provider.get_tracer("hearth", version)
        for name in ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "opentelemetry.sdk._shared_internal"):
            logging.getLogger(name).addFilter(_Seldom())

    def span(self, name: str, kind: Kind, parent: str | None, facts: Facts) -> Span:
        context = _CARRIER.extract({"traceparent": parent}) if parent else None
        started = self._tracer.start_span(name, context=context, kind=_KINDS[kind], attributes=_clean(facts))
        return _Spanned(started, trace.use_span(started, end_on_exit=True, record_exception=False))

    def traceparent(self) -> str | None:
        carrier: dict[str, str] = {}
        _CARRIER.inject(carrier)
        return carrier.get("traceparent")

    def ids(self) -> tuple[str, str] | None:
        context = trace.get_current_span().get_span_context()
        if not context.is_valid:
            return None
        return trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)

    def close(self) -> None:
        """Sends what waits, for a few seconds at most. Blocking."""
        self._provider.force_flush(_EXPORT_TIMEOUT_S * 1000)
        self._provider.shutdown()


def _clean(facts: Facts) -> dict[str, str | int | float | bool]:
    return {name: redact(value) if isinstance(value, str) else value for name, value in facts.items()}


class _Seldom(logging.Filter):
    """A receiver that is away is worth a line now and then, not one for each batch, and no traceback."""

    def __init__(self) -> None:
        super().__init__()
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + _COMPLAIN_EVERY_S
        record.exc_info = None
        return True

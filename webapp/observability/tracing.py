"""Traces with OpenTelemetry, where TRACES_URL names a collector. Elsewhere nothing is imported.

A trace is flat: a request, command or job, and below it its statements and calls to other services.
``current_traceparent`` is the text (W3C Trace Context) that carries a trace on, into a job.
"""

import time
from typing import Any

from webapp.observability.execution import Execution, current_execution

#: The tracer of this process; None: no traces. Any, because the packages may be missing.
_tracer: Any = None
#: What that tracer sends its spans through.
_provider: Any = None


class TracingUnavailable(Exception):
    """TRACES_URL is set, and the packages of the extra ``tracing`` are not installed."""


def configure(url: str, share: float, region: str, exporter: Any = None) -> None:
    """Send a share of the traces to the collector at ``url`` (OTLP over HTTP).

    exporter: in its place, for tests. Raises TracingUnavailable.
    """
    global _provider, _tracer
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError as error:
        raise TracingUnavailable from error
    provider = TracerProvider(
        resource=Resource({"service.name": "movr", "cloud.region": region}),
        sampler=ParentBased(TraceIdRatioBased(share)),
    )
    if exporter:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    else:
        provider.add_span_processor(BatchSpanProcessor(_make_exporter(url)))
    _provider, _tracer = provider, provider.get_tracer("movr")


def _make_exporter(url: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=url)


def flush() -> None:
    """Send the spans that wait, at the end of a process that ends without its exit handlers."""
    if _provider is not None:
        _provider.force_flush()


def switch_off() -> None:
    """Record no traces from now on, for tests."""
    global _provider, _tracer
    _provider = _tracer = None


def start_trace(execution: Execution, traceparent: str = "") -> None:
    """Give ``execution`` its span. traceparent: of the trace that it continues; '': a new one."""
    if _tracer is None:
        return
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract({"traceparent": traceparent})
    kinds = {"request": SpanKind.SERVER, "job": SpanKind.CONSUMER}
    kind = kinds.get(execution.kind, SpanKind.INTERNAL)
    execution.span = _tracer.start_span(execution.name, parent, kind)


def end_trace(execution: Execution, *, is_failed: bool, **attributes: str | int) -> None:
    """End the span of ``execution``: its name, what it has used, and ``attributes``."""
    span = execution.span
    if span is None:
        return
    if is_failed:
        _mark_failed(span)
    span.update_name(f"{execution.method} {execution.name}".strip())
    identity = {f"movr.{name}": value for name, value in execution.identity().items()}
    usage = {f"movr.{name}": value for name, value in execution.usage().items()}
    span.set_attributes({**identity, **usage, **attributes})
    span.end()


def record_call(name: str, waited_ns: int, is_failed: bool = False, **attributes: str) -> None:
    """Add a span that has just ended below that of the current execution."""
    execution = current_execution()
    if execution is None or execution.span is None or not execution.span.is_recording():
        return
    from opentelemetry.trace import SpanKind, set_span_in_context

    ended_at = time.time_ns()
    span = _tracer.start_span(
        name,
        set_span_in_context(execution.span),
        SpanKind.CLIENT,
        attributes,
        start_time=ended_at - waited_ns,
    )
    if is_failed:
        _mark_failed(span)
    span.end(ended_at)


def _mark_failed(span: Any) -> None:
    from opentelemetry.trace import StatusCode

    span.set_status(StatusCode.ERROR)  # without a text, which may repeat what somebody typed


def current_traceparent() -> str:
    """Return the text that carries the current trace into a job; '' without a trace."""
    execution = current_execution()
    if execution is None or execution.span is None:
        return ""
    context = execution.span.get_span_context()
    flags = int(context.trace_flags)
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags:02x}"

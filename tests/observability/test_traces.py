"""Traces: one span for a request, and below it its statements and calls to other services."""

from collections.abc import Iterator

import pytest
from flask import Flask
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.factories import VehicleFactory, fill_caches
from tests.observability.log_lines import LogLines
from tests.visitor import Visitor
from webapp.observability import tracing
from webapp.observability.metrics import JOB_SECONDS
from webapp.observability.runs import observe_call, observe_job

TRACE = "ab" * 16


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.configure("", 1.0, "us-east1", exporter)
    yield exporter
    tracing.switch_off()


def test_a_request_is_a_span_with_its_statements_and_without_their_values(
    app: Flask, rider: Visitor, make_vehicle: VehicleFactory, spans: InMemorySpanExporter
) -> None:
    vehicle = make_vehicle()
    with app.app_context():
        fill_caches()
    spans.clear()
    rider.get(f"/vehicles/{vehicle.public_key}?token=s3cret")
    *statements, request = spans.get_finished_spans()
    assert request.name == "GET /vehicles/<key:vehicle_key>"
    attributes = dict(request.attributes or {})
    assert attributes["http.response.status_code"] == 200
    assert attributes["movr.round_trips"] == 2
    assert [span.name for span in statements] == ["SELECT", "SELECT"]
    for span in statements:
        assert span.parent
        assert request.context
        assert span.parent.span_id == request.context.span_id
        assert "%(" in str((span.attributes or {})["db.query.text"])
        assert str(vehicle.id) not in span.to_json()
    assert "s3cret" not in request.to_json()


def test_a_job_continues_the_trace_that_made_it(
    spans: InMemorySpanExporter, log_lines: LogLines
) -> None:
    with observe_job("mail", "us-east1.1"):
        traceparent = tracing.current_traceparent()
        with observe_call("mail"):
            pass
    with (
        pytest.raises(ValueError, match="ada"),
        observe_job("mail", "us-east1.2", traceparent) as execution,
    ):
        raise ValueError("ada@example.org")
    call, first, second = spans.get_finished_spans()
    assert first.context
    assert second.context
    assert second.parent
    assert call.parent
    assert second.context.trace_id == first.context.trace_id
    assert second.parent.span_id == call.parent.span_id == first.context.span_id
    assert not second.status.is_ok
    assert "ada@" not in second.to_json()
    assert execution.job_id == "us-east1.2"
    assert [line["result"] for line in log_lines.of("job")] == ["done", "failed"]
    assert log_lines.last("job")["error"] == "ValueError"
    assert "ada@" not in log_lines.text
    assert JOB_SECONDS.labels("mail", "failed")


def test_a_visitor_does_not_say_which_trace_a_request_belongs_to(
    visitor: Visitor, spans: InMemorySpanExporter
) -> None:
    visitor.get("/health/live", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    (span,) = spans.get_finished_spans()
    assert span.context
    assert f"{span.context.trace_id:032x}" != TRACE


def test_without_traces_nothing_is_carried(visitor: Visitor) -> None:
    with observe_job("mail", "us-east1.1"):
        assert tracing.current_traceparent() == ""

"""The log: one JSON object a line in production, readable lines in development.

All modules log with ``logging``; fields go into ``extra=with_fields(...)``. structlog renders the
records, ours and those of libraries. No line has names, addresses or tokens: ``docs/operations.md``
lists the fields.
"""

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.types import EventDict, Processor

from webapp.observability.execution import current_execution
from webapp.observability.tracebacks import format_traceback

JSON, TEXT = "json", "text"
#: gunicorn's own loggers. Its access log is off: webapp/web/access_log.py writes one.
GUNICORN = "gunicorn.error"
#: gunicorn writes the visitor's address and what they sent into some messages.
GUNICORN_HIDDEN = ("Invalid request from", "Error handling request")


def with_fields(**fields: Any) -> dict[str, Any]:
    """Return ``extra`` for a log call: fields that stand beside the message."""
    return {"fields": fields}


def log_fast(logger: logging.Logger, message: str, fields: Mapping[str, Any]) -> None:
    """Log at INFO without finding out where the call stands, for lines of every request."""
    if logger.isEnabledFor(logging.INFO):
        extra = with_fields(**fields)
        logger.handle(
            logger.makeRecord(logger.name, logging.INFO, "", 0, message, (), None, extra=extra)
        )


def configure(log_format: str, level: str, region: str, stream: TextIO | None = None) -> None:
    """Send all log records of this process to standard error, or to ``stream``.

    log_format: ``json`` or ``text``; '' leaves logging as it is, for tests.
    """
    if not log_format:
        return
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if _is_ours(handler)]:
        root.removeHandler(handler)  # of an application that was made before
    root.addHandler(make_handler(log_format, region, stream))
    # The level is that of our own lines: libraries log addresses with keys at DEBUG.
    root.setLevel(logging.WARNING)
    logging.getLogger("webapp").setLevel(level)
    logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)
    gunicorn = logging.getLogger(GUNICORN)
    gunicorn.handlers.clear()
    gunicorn.propagate = True
    if log_format == TEXT:  # whoever has typed a command has its output
        logging.getLogger("webapp.cli").setLevel(logging.WARNING)
    logging.captureWarnings(True)


def make_handler(log_format: str, region: str, stream: TextIO | None = None) -> logging.Handler:
    """Return a handler that writes records in this format."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_make_formatter(log_format, region, handler.stream.isatty()))
    return handler


def _is_ours(handler: logging.Handler) -> bool:
    return isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)


def _make_formatter(log_format: str, region: str, has_colors: bool) -> logging.Formatter:
    processors = (
        _list_json_processors() if log_format == JSON else _list_text_processors(has_colors)
    )
    static = {"region": region} if log_format == JSON else {}

    def add_fields(_: Any, __: str, event: EventDict) -> Mapping[str, Any]:
        """Add what runs now, the fields of the call and the traceback."""
        record: logging.LogRecord = event.pop("_record")
        del event["_from_structlog"]
        if record.name == GUNICORN and event["event"].startswith(GUNICORN_HIDDEN):
            event["event"] = " ".join(event["event"].split()[:3])
        event["level"], event["logger"] = record.levelname.lower(), record.name
        event.update(static)
        if execution := current_execution():
            event.update(execution.identity())
        event.update(getattr(record, "fields", ()))
        if (exc_info := event.pop("exc_info", None)) and exc_info[1]:
            event["exception"] = format_traceback(exc_info[1])
        return event

    return structlog.stdlib.ProcessorFormatter(processors=[add_fields, *processors])


def _list_json_processors() -> list[Processor]:
    timestamp = structlog.processors.TimeStamper(fmt="iso", key="time")
    # One encoder for all lines. Its output has no line breaks.
    encode = json.JSONEncoder(default=str, separators=(",", ":")).encode
    return [timestamp, lambda _, __, event: encode(event)]


def _list_text_processors(has_colors: bool) -> list[Processor]:
    timestamp = structlog.processors.TimeStamper("%H:%M:%S", utc=False)
    renderer = structlog.dev.ConsoleRenderer(colors=has_colors, pad_event_to=0, sort_keys=False)
    return [timestamp, _leave_out, renderer]


def _leave_out(_: Any, __: str, event: EventDict) -> EventDict:
    """Leave out what a developer does not look for; it stays in the lines of production."""
    for name in ("logger", "request_id", "account", "retries"):
        event.pop(name, None)
    return event

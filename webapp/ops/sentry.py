"""Server errors for Sentry. Imported only where SENTRY_DSN is set: it needs sentry-sdk."""

from typing import Any

import sentry_sdk
from sentry_sdk.utils import event_from_exception

from webapp.observability.execution import current_execution
from webapp.settings.environment import find_environment

#: What of an event leaves the site.
EVENT_KEYS = {
    "event_id", "timestamp", "level", "platform", "exception", "transaction", "tags", "user",
    "environment", "server_name", "sdk", "release",
}  # fmt: skip
FRAME_KEYS = {
    "filename", "abs_path", "function", "module", "lineno", "in_app", "pre_context",
    "context_line", "post_context",
}  # fmt: skip


class SentryReporter:
    """Sends errors to the project of a DSN.

    transport: in place of HTTP, for tests.
    """

    def __init__(self, dsn: str, region: str, release: str = "", transport: Any = None) -> None:
        self._client = sentry_sdk.Client(
            dsn=dsn,
            environment=find_environment().__name__.lower(),
            server_name=region,
            release=release or None,
            transport=transport,
            before_send=keep_known_parts,
            # Integrations would add requests, log records and local variables.
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_breadcrumbs=0,
        )
        self._region = region

    def __call__(self, error: BaseException) -> None:
        event, hint = event_from_exception(error, client_options=self._client.options)
        execution = current_execution()
        tags = {"region": self._region}
        if execution:
            event["transaction"] = execution.name
            tags |= {"kind": execution.kind, "request_id": str(execution.id)}
            if execution.account_key:
                event["user"] = {"id": execution.account_key}
        event["tags"] = tags
        self._client.capture_event(event, hint)

    def flush(self) -> None:
        """Wait until all is sent, for tests and the end of a command."""
        self._client.flush(timeout=2)


def keep_known_parts(event: Any, _: Any) -> Any:
    """Return the event with what may leave the site only: no text of an error, no variables."""
    kept = {name: value for name, value in event.items() if name in EVENT_KEYS}
    exceptions = kept.get("exception", {}).get("values", [])
    kept["exception"] = {"values": [_keep_places(exception) for exception in exceptions]}
    return kept


def _keep_places(exception: dict[str, Any]) -> dict[str, Any]:
    frames = (exception.get("stacktrace") or {}).get("frames", [])
    places = [{name: frame[name] for name in frame if name in FRAME_KEYS} for frame in frames]
    return {
        "type": exception.get("type"),
        "module": exception.get("module"),
        "stacktrace": {"frames": places},
    }

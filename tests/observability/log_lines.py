"""The log of a test, read as a program would read it."""

import json
from collections.abc import Sequence
from io import StringIO
from typing import Any


class LogLines:
    """Lines of JSON that were logged."""

    def __init__(self) -> None:
        self.stream = StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        """Return the lines of one event, such as ``request``."""
        return [line for line in self.all() if line["event"] == event]

    def last(self, event: str) -> dict[str, Any]:
        return self.of(event)[-1]


class NoQueries:
    """For a walk that counts nothing."""

    def take_queries(self) -> Sequence[object]:
        return []

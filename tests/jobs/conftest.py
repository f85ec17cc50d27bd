"""Handlers of the kinds of tests."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.jobs.steps import LATE_NOTE, NOTE, URGENT_NOTE, Handle
from webapp.hooks import get_hooks
from webapp.jobs.kinds import JobHandler


@pytest.fixture
def handle(app: Flask) -> Iterator[Handle]:
    """Let workers run the jobs of tests."""
    hooks = get_hooks(app)
    kinds = (NOTE, URGENT_NOTE, LATE_NOTE)

    def set_handler(handler: JobHandler) -> None:
        for kind in kinds:
            hooks.add_job_handler(kind, handler)

    yield set_handler
    for kind in kinds:
        hooks.job_kinds.pop(kind.name, None)

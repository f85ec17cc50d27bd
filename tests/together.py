"""Doing things at the same time, for the tests of races."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask

PATIENCE_S = 60


def together(app: Flask, *calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at once, each in a thread and an application context of its own.

    Return what each returned or raised, in their order.
    """
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        with app.app_context():
            gate.wait(PATIENCE_S)
            try:
                return call()
            except Exception as error:
                return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result(PATIENCE_S) for future in [threads.submit(run, c) for c in calls]]

"""Run calls at the same time, for the tests of races and faults."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

from flask import Flask

#: Guards against hanging only: far longer than anything takes on a busy machine.
TIMEOUT_S = 60


def run_in_threads(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at once, each in a thread without an application context, as a server does.

    Return what each returned, in their order. The first error is raised.
    """
    with ThreadPoolExecutor(len(calls) or 1) as threads:
        return [future.result(TIMEOUT_S) for future in [threads.submit(call) for call in calls]]


def run_together(app: Flask, *calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at once, each in a thread and an application context of its own.

    Return what each returned or raised, in their order. None begins before all threads run.
    """
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        with app.app_context():
            barrier.wait(TIMEOUT_S)
            try:
                return call()
            except Exception as error:
                return error

    return run_in_threads(*(partial(run, call) for call in calls))

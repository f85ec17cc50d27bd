"""Riders who press buttons in a browser and remember what they were told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from flask import Flask

from tests.conftest import Visitor
from tests.faults.audit import Answer, Told
from webapp.auth.models import User
from webapp.keys import RowKey

PATIENCE_S = 20
AWAY = "Our database does not answer."
UNKNOWN = "Check whether it was done"

_numbers = count(1)


class Rider:
    """A signed-in person. May press several buttons at once: each request has its own client."""

    def __init__(self, app: Flask, user: User) -> None:
        self.app = app
        self.key = user.key
        self.told: list[Told] = []
        client: Visitor = app.test_client()  # type: ignore[assignment]
        self._token = client.sign_in(user).token()
        cookie = client.get_cookie("movr")
        assert cookie
        self._session = cookie.value

    def start(self, vehicle: RowKey) -> Told:
        """Press the button that starts a ride."""
        answer, ride = self._press(f"/rides/start/{vehicle}")
        return self._remember(Told(self.key, "start", vehicle, answer, ride))

    def end(self, ride: RowKey, address: str = "") -> Told:
        """Leave the vehicle at an address, one that nobody has used before."""
        address = address or f"{next(_numbers)} Side Street"
        answer, led_to = self._press(f"/rides/end/{ride}", address=address)
        return self._remember(Told(self.key, "end", ride, answer, led_to, address))

    def repeat(self, told: Told) -> Told:
        """Send the same request once more."""
        if told.asked == "start":
            return self.start(told.target)
        return self.end(told.target, told.address)

    def _remember(self, told: Told) -> Told:
        self.told.append(told)
        return told

    def _press(self, path: str, **fields: str) -> tuple[Answer, RowKey | None]:
        client = self.app.test_client()
        client.set_cookie("movr", self._session)
        response = client.post(path, data={"csrf_token": self._token, **fields})
        if response.status_code == 303:
            return Answer.RIDE, RowKey.parse(response.location.rsplit("/", 1)[1])
        return _meaning(response), None


def _meaning(response: Any) -> Answer:
    if response.status_code in (404, 409):
        return Answer.REFUSED
    assert response.status_code == 503, f"{response.status_code} is no answer: {response.text}"
    assert (AWAY in response.text) != (UNKNOWN in response.text), response.text
    return Answer.UNKNOWN if UNKNOWN in response.text else Answer.AWAY


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at the same time, each in a thread without a context, as a server does."""
    with ThreadPoolExecutor(len(calls) or 1) as threads:
        return [future.result(PATIENCE_S) for future in [threads.submit(call) for call in calls]]

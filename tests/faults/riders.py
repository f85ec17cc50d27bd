"""Riders who press buttons in a browser and remember what they were told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import URL, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from tests.faults.audit import Answer, Told
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey

PATIENCE_S = 60
AWAY = "Our database does not answer."
UNKNOWN = "Check whether it was done"

_numbers = count(1)


class Rider:
    """A signed-in person. May press several buttons at once: each request has its own client."""

    def __init__(self, app: Flask, user: User, database: URL) -> None:
        self.app = app
        self.look = create_engine(database, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self.called: dict[RowKey, UUID] = {}
        self.key = user.key
        self.told: list[Told] = []
        client: Visitor = app.test_client()  # type: ignore[assignment]
        self._token = client.sign_in(user).token()
        cookie = client.get_cookie("movr")
        assert cookie
        self._session = cookie.value

    def start(self, vehicle: RowKey) -> Told:
        """Press the button that starts a ride."""
        answer, ride = self._press(f"/rides/start/{self.public_key(vehicle)}")
        if answer is Answer.RIDE and ride is None:  # led to what stands in the way
            answer = Answer.REFUSED
        return self._remember(Told(self.key, "start", vehicle, answer, ride))

    def reserve(self, vehicle: RowKey) -> Told:
        """Press the button that holds a vehicle."""
        answer, _ = self._press(f"/rides/reserve/{self.public_key(vehicle)}")
        return self._remember(Told(self.key, "reserve", vehicle, answer))

    def cancel(self, vehicle: RowKey) -> Told:
        """Let whatever is held go."""
        answer, _ = self._press("/rides/reservation/cancel")
        return self._remember(Told(self.key, "cancel", vehicle, answer))

    def pause(self, ride: RowKey) -> Told:
        answer, _ = self._press(f"/rides/pause/{ride}")
        return self._remember(Told(self.key, "pause", ride, answer))

    def resume(self, ride: RowKey) -> Told:
        answer, _ = self._press(f"/rides/resume/{ride}")
        return self._remember(Told(self.key, "resume", ride, answer))

    def public_key(self, vehicle: RowKey) -> RowKey:
        """Return what the page calls the vehicle today, read past the wire; when there is no
        server to ask, what it was called then."""
        question = "SELECT public_id FROM vehicles WHERE region = :region AND id = :id"
        with suppress(OperationalError), self.look.connect() as connection:
            self.called[vehicle] = connection.execute(
                text(question), vehicle._asdict()
            ).scalar_one()
        return RowKey(vehicle.region, self.called[vehicle])

    def end(self, ride: RowKey, address: str = "") -> Told:
        """Leave the vehicle at an address, one that nobody has used before."""
        address = address or f"{next(_numbers)} Side Street"
        answer, led_to = self._press(f"/rides/end/{ride}", address=address)
        return self._remember(Told(self.key, "end", ride, answer, led_to, address))

    def repeat(self, told: Told) -> Told:
        """Send the same request once more."""
        if told.asked == "end":
            return self.end(told.target, told.address)
        again: Told = getattr(self, told.asked)(told.target)
        return again

    def _remember(self, told: Told) -> Told:
        self.told.append(told)
        return told

    def _press(self, path: str, **fields: str) -> tuple[Answer, RowKey | None]:
        client = self.app.test_client()
        client.set_cookie("movr", self._session)
        response = client.post(path, data={"csrf_token": self._token, **fields})
        if response.status_code == 303:
            return Answer.RIDE, _key_in(response.location)
        return _meaning(response), None


def _key_in(address: str) -> RowKey | None:
    try:
        return RowKey.parse(address.rsplit("/", 1)[1])
    except ValueError:
        return None


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

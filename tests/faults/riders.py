"""Riders who press buttons in a browser and record the answers."""

from contextlib import suppress
from itertools import count
from uuid import UUID

from flask import Flask
from sqlalchemy import URL, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tests.faults.audit import Answer, RequestRecord
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey

UNAVAILABLE_TEXT = "Our database is not responding. This page will work again as soon as it does."
UNKNOWN_TEXT = (
    "We lost the connection while saving. Check whether it was saved before you try again."
)
PUBLIC_ID = text("SELECT public_id FROM vehicles WHERE region = :region AND id = :id")

_address_numbers = count(1)


class Rider:
    """A signed-in rider. May press several buttons at once: each request has its own client."""

    def __init__(self, app: Flask, user: User, database: URL) -> None:
        self.app = app
        self.key = user.key
        self.records: list[RequestRecord] = []
        #: Reads the database without the proxy.
        self._engine = create_engine(database, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._public_ids: dict[RowKey, UUID] = {}
        client: Visitor = app.test_client()  # type: ignore[assignment]
        self._token = client.sign_in(user).token()
        cookie = client.get_cookie("movr")
        assert cookie
        self._session = cookie.value

    def start(self, vehicle_key: RowKey) -> RequestRecord:
        """Press the button that starts a ride."""
        answer, ride_key = self._post(f"/rides/start/{self.read_public_key(vehicle_key)}")
        if answer is Answer.DONE and ride_key is None:  # led to a page that says why not
            answer = Answer.REFUSED
        return self._record(RequestRecord(self.key, "start", vehicle_key, answer, ride_key))

    def start_ride(self, vehicle_key: RowKey) -> RowKey:
        """Start a ride and return its key."""
        record = self.start(vehicle_key)
        assert record.ride_key, record
        return record.ride_key

    def reserve(self, vehicle_key: RowKey) -> RequestRecord:
        """Press the button that reserves a vehicle."""
        answer, _ = self._post(f"/rides/reserve/{self.read_public_key(vehicle_key)}")
        return self._record(RequestRecord(self.key, "reserve", vehicle_key, answer))

    def cancel(self, vehicle_key: RowKey) -> RequestRecord:
        """Press the button that cancels the reservation, of this vehicle or another."""
        answer, _ = self._post("/rides/reservation/cancel")
        return self._record(RequestRecord(self.key, "cancel", vehicle_key, answer))

    def pause(self, ride_key: RowKey) -> RequestRecord:
        answer, _ = self._post(f"/rides/pause/{ride_key}")
        return self._record(RequestRecord(self.key, "pause", ride_key, answer))

    def resume(self, ride_key: RowKey) -> RequestRecord:
        answer, _ = self._post(f"/rides/resume/{ride_key}")
        return self._record(RequestRecord(self.key, "resume", ride_key, answer))

    def end(self, ride_key: RowKey, address: str = "") -> RequestRecord:
        """End a ride at an address, by default one that no request has used before."""
        address = address or f"{next(_address_numbers)} Side Street"
        answer, end_key = self._post(f"/rides/end/{ride_key}", address=address, spot="city")
        return self._record(RequestRecord(self.key, "end", ride_key, answer, end_key, address))

    def repeat(self, record: RequestRecord) -> RequestRecord:
        """Send the same request once more."""
        if record.action == "end":
            return self.end(record.target_key, record.address)
        repeated: RequestRecord = getattr(self, record.action)(record.target_key)
        return repeated

    def read_public_key(self, vehicle_key: RowKey) -> RowKey:
        """Return the public key that the vehicle has now; without a server, the last one read."""
        with suppress(OperationalError), self._engine.connect() as connection:
            result = connection.execute(PUBLIC_ID, vehicle_key._asdict())
            self._public_ids[vehicle_key] = result.scalar_one()
        return RowKey(vehicle_key.region, self._public_ids[vehicle_key])

    def _record(self, record: RequestRecord) -> RequestRecord:
        self.records.append(record)
        return record

    def _post(self, path: str, **fields: str) -> tuple[Answer, RowKey | None]:
        client = self.app.test_client()
        client.set_cookie("movr", self._session)
        response = client.post(path, data={"csrf_token": self._token, **fields})
        if response.status_code == 303:
            return Answer.DONE, _parse_ride_key(response.location or "")
        return _read_answer(response), None


def _parse_ride_key(address: str) -> RowKey | None:
    try:
        return RowKey.parse(address.rsplit("/", 1)[1])
    except ValueError:
        return None


def _read_answer(response: TestResponse) -> Answer:
    if response.status_code in (404, 409):
        return Answer.REFUSED
    assert response.status_code == 503, f"unexpected {response.status_code}: {response.text}"
    assert (UNAVAILABLE_TEXT in response.text) != (UNKNOWN_TEXT in response.text), response.text
    return Answer.UNKNOWN if UNKNOWN_TEXT in response.text else Answer.UNAVAILABLE

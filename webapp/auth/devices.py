"""Devices: what a request says about its browser, and the cookie by which one is recognised."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from flask import Flask, Response, current_app, g, request

from webapp.regions.catalogue import catalogue
from webapp.web.cookies import make_cookie_name

#: How long a browser is recognised, so that only a sign-in from a new one is reported by mail.
COOKIE_LIFETIME_S = 400 * 24 * 3600


@dataclass(frozen=True)
class Device:
    """What a request says about the browser it comes from."""

    #: From a cookie that outlives sessions.
    id: UUID
    #: The User-Agent header.
    agent: str
    #: The IP address.
    address: str
    #: Name of the city that the proxy found for the address; None: it found none that is open.
    city: str | None


def init_app(app: Flask) -> None:
    app.after_request(_send_device_cookie)


def current_device() -> Device:
    """Return the device of this request; a new one gets a cookie with the response."""
    city_header = request.headers.get("X-City")
    # Without the header the catalogue is not asked: that could be a round trip.
    city = catalogue().find(city_header) if city_header else None
    return Device(
        id=_read_device_cookie() or g.setdefault("new_device_id", uuid4()),
        agent=request.user_agent.string,
        address=request.remote_addr or "",
        city=city.name if city else None,
    )


def _cookie_name() -> str:
    return make_cookie_name("device")


def _read_device_cookie() -> UUID | None:
    try:
        return UUID(request.cookies.get(_cookie_name(), ""))
    except ValueError:
        return None


def _send_device_cookie(response: Response) -> Response:
    if device_id := g.get("new_device_id"):
        response.set_cookie(
            _cookie_name(),
            str(device_id),
            max_age=COOKIE_LIFETIME_S,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response

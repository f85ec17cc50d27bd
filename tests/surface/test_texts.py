"""Every word people read goes through gettext: shown in a language of brackets, none is bare."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import flask_babel
import pytest
from babel.support import NullTranslations
from flask import Flask

from tests.conftest import Visitor
from webapp.auth.models import User
from webapp.fleet.models import Vehicle


class Brackets(NullTranslations):
    """A translation into the language in which every sentence stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, n: int) -> str:
        return f"⟦{one if n == 1 else many}⟧"

    ugettext = gettext
    ungettext = ngettext


#: Words that are data and not text.
DATA = (
    "MovR|New York|Boston|Paris|Seattle|Okai|black|1 Main Street|Ada|Lovelace|L|AL|ada|example.org|"
    "Somewhere|[0-9a-f]{6}|km|min|m|am|pm|h|s|January|February|March|April|May|June|July|August|September|"
    "October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec|OpenStreetMap contributors"
)
#: Words of the audit trail, which stand beside those for people.
STAFF_DATA = DATA + (
    r"|(account|access|ride)\.\w+|(us|europe)-(east|west)1|[0-9a-f]{8}|nobody|boss|Firefox|Linux|"
    "role|cities|method|endpoint|fleet|admin|paris|GET|auth.events_page"
)
READ_ALOUD = ("aria-label", "placeholder", "alt", "data-refused", "data-confirm")


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found += [values[name] or "" for name in READ_ALOUD if name in values]
        if tag == "input" and values.get("type") == "submit":
            self.found.append(values.get("value") or "")

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def bare_words(html: str, data: str = DATA) -> list[str]:
    parser = Texts()
    parser.feed(html)
    left = []
    for text in parser.found:
        while "⟦" in text:
            inside = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
            assert inside != text, text
            text = inside
        text = re.sub(rf"\b({data})\b", " ", text)
        if re.search(r"[A-Za-z]", text):
            left.append(text.strip())
    return left


@pytest.fixture
def in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda self: Brackets())


@pytest.mark.usefixtures("in_brackets")
def test_no_page_has_a_bare_word(
    visitor: Visitor, make_user: Callable[..., User], make_vehicle: Callable[..., Vehicle]
) -> None:
    ada = make_user("ada", roles=["fleet"], last_name="Lovelace")
    vehicles = [make_vehicle(owner=ada, range_m=12_000) for _ in range(6)]
    make_vehicle(state="on_trip", owner=ada)
    pages: dict[str, Any] = {}

    def look(path: str) -> None:
        pages[path] = visitor.get(path, follow_redirects=True).text

    for path in ("/", "/login?next=/", "/register", "/nowhere", "/?type=car", "/?lat=1&lon=1"):
        look(path)
    pages["wrong register"] = visitor.send("/register").text
    pages["wrong login"] = visitor.send("/login", username="x", password="y").text
    visitor.sign_in(ada)
    for path in ("/", "/?lat=40.73&lon=-73.98&show=all", "/rides", "/users", "/users/me", "/fleet",
                 "/users/me/edit", "/users/me/delete", "/vehicles/mine", "/vehicles/add",
                 f"/vehicles/{vehicles[0].key}", f"/vehicles/{vehicles[0].key}/edit"):  # fmt: skip
        look(path)
    pages["wrong vehicle"] = visitor.send("/vehicles/add", lat="91").text
    pages["wrong profile"] = visitor.send("/users/me/edit").text
    ride = visitor.send(f"/rides/start/{vehicles[1].key}").location
    look(ride)
    pages["wrong end"] = visitor.send(ride.replace("/rides/", "/rides/end/")).text
    visitor.send(ride.replace("/rides/", "/rides/end/"), address="Somewhere", lat="40.7", lon="-74")
    look(ride)
    look("/rides")
    pages["taken"] = visitor.send(f"/rides/start/{make_vehicle(state='on_trip').key}").text
    bare = {path: words for path, page in pages.items() if (words := bare_words(page))}
    assert bare == {}


@pytest.mark.usefixtures("in_brackets")
def test_no_page_for_admins_or_of_ones_data_has_a_bare_word(
    visitor: Visitor, make_user: Callable[..., User], app: Flask
) -> None:
    boss = make_user("boss", roles=["admin"], first_name="Ada")
    ada = make_user("ada", city="paris", roles={"owner": None, "fleet": ["paris", "boston"]})
    other = app.test_client().sign_in(ada)  # type: ignore[attr-defined]
    other.get("/events")
    visitor.sign_in(boss)
    visitor.send(f"/users/{ada.key}/account/roles", role="admin", city="paris")
    paths = ["/events", "/events?account=nobody&since=x&until=0001-01-01", "/events?kind=ride.ended",
             "/users?name=ada", "/users?name=nobody", f"/users/{ada.key}", "/users/me/data",
             f"/users/{ada.key}/account", f"/users/{boss.key}/account"]  # fmt: skip
    pages = {path: visitor.get(path).text for path in paths}
    for act in ("sessions/end", "disable"):
        visitor.send(f"/users/{ada.key}/account/{act}")
        pages[act] = visitor.get(f"/users/{ada.key}/account").text
    pages["wrong delete"] = visitor.send("/users/me/delete").text
    bare = {path: words for path, page in pages.items() if (words := bare_words(page, STAFF_DATA))}
    assert bare == {}


def test_a_bare_word_would_be_noticed() -> None:
    assert bare_words("<p>⟦Hello ⟦there⟧⟧ friend</p>") == ["friend"]

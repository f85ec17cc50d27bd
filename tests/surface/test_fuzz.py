"""Whatever is sent to whatever address, as whoever: no answer is a failure or tells of the inside.

Routes, forms and the names of fields are found, not listed: what is added later is tried too.
"""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from itertools import count, cycle, product
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import BaseConverter, Rule, UUIDConverter
from wtforms.fields.core import UnboundField

from tests.examples import examples
from tests.factories import UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey, RowKeyConverter
from webapp.extensions import db
from webapp.forms import Form

ASKED = re.compile(r"request\.(?:args|form|values|files)(?:\.get\(|\[)\s*\"(\w+)\"")
INSIDE = re.compile(r"Traceback \(most recent|psycopg2|sqlalchemy|SELECT |INSERT INTO|File \"/")
URLENCODED = "application/x-www-form-urlencoded"
PEOPLE = ["visitor", "rider", "admin"]

#: What is no text, or hides in it, or is too much of it.
WORST = ["\0", "\ud800", "\u202egnp.exe", "x" * 10_000]
ODD = [
    *WORST, "", " ", "a\0b", "\U0001f6f4", "\u200b", "e\u0301",
    "nan", "inf", "-inf", "1e400", "-1", "0", "9" * 40, "2147483648", "1.5", "0x10", "٣", "²",
    "[1,2]", "a[]", '{"$ne": 1}', "null", "true", "' OR 1=1--", '"><script>alert(1)</script>',
    "{{7*7}}", "%s%n", "../../etc/passwd", "\r\nSet-Cookie: a=b", "%00", "%ff", "//evil.test",
    "us-east1.x", "2026-02-30", "0000-00-00T00:00:00Z", "2026-11-01T01:30:00,us-east1.1",
]  # fmt: skip


def fuzz(test: Callable[[int, Iterator[str]], None]) -> None:
    """Run ``test(turn, odd words without end)``, with the same words each time."""
    turns = count()
    bounds = settings(
        max_examples=examples(10),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    words = st.one_of(st.sampled_from(ODD), st.sampled_from(ODD), st.text(max_size=20))

    @bounds
    @given(st.lists(words, min_size=17, max_size=17))  # a prime: each field meets each word
    def run(drawn: list[str]) -> None:
        test(next(turns), cycle(drawn))

    run()


# --- what there is to try ---------------------------------------------------------------------


class Sheet(NamedTuple):
    """A form of a page: where it goes, and what stands in it."""

    method: str
    action: str
    fields: dict[str, str]


class _Sheets(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.found: list[Sheet] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = values.get("method", "get").upper()
            action = (values.get("action") or self.path).partition("#")[0]
            self.found.append(Sheet(method, action, {}))
        elif not self.found:
            return
        elif tag in ("input", "select", "textarea") and "name" in values:
            self.found[-1].fields[values["name"]] = values.get("value", "")
        elif tag == "option" and "selected" in values:
            self.found[-1].fields[list(self.found[-1].fields)[-1]] = values["value"]


@cache
def names_for(view: Callable[..., Any]) -> list[str]:
    """Return the names of fields that a view may read: those that its module asks for, and those
    of the forms that its module knows.
    """
    module = inspect.getmodule(inspect.unwrap(view))
    names = set(ASKED.findall(inspect.getsource(module))) if module else set()
    for form in vars(module).values():
        if inspect.isclass(form) and issubclass(form, Form):
            names |= {n for n in dir(form) if isinstance(getattr(form, n, None), UnboundField)}
    return sorted(names | {"something"})


class World:
    """A city with two riders who ride, and somebody who looks at it."""

    def __init__(self, app: Flask, me: User | None) -> None:
        self.app = app
        self.me = me
        self.rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        with app.app_context():
            self.rows = [
                (table.name, RowKey(*row))
                for table in db.metadata.sorted_tables
                for id_column in {"id", "public_id"} & set(table.c.keys())
                if "region" in table.c
                for row in db.session.execute(select(table.c.region, table.c[id_column]).limit(4))
            ]
        self.enter()

    def enter(self) -> None:
        """Come anew."""
        self.client: Visitor = self.app.test_client()  # type: ignore[assignment]
        if self.me:
            self.client.sign_in(self.me)
        self.token = self.client.token()

    def send(self, method: str, path: str, **options: Any) -> Any:
        """Send this, and look at what comes back."""
        options["headers"] = {"X-CSRFToken": self.token, **options.get("headers", {})}
        answer = self.client.open(path, method=method, **options)
        told = f"{method} {path} {options} -> {answer.status}"
        assert answer.status_code < 500, told
        assert not INSIDE.search(answer.text), told
        if method != "GET" and answer.status_code < 400:
            self.enter()  # that may have been the way out
        return answer

    def open_address(self, rule: Rule) -> str:
        """Return an address of the route that opens, or any where none does."""
        addresses = self.addresses(rule)
        opens = (path for path in addresses if self.send("GET", path).status_code < 400)
        return next(opens, addresses[0])

    def read_names(self, rule: Rule, path: str) -> list[str]:
        """Return the names of arguments that the route reads there, as far as odd values show."""
        fields = self.names(rule)
        sent = [{}, dict.fromkeys(fields, "1"), dict.fromkeys(fields, WORST[0])]
        with recorded(self.app) as names:
            for arguments in sent:
                self.send("GET", f"{path}?{written(arguments)}")
        return [name for name in fields if name in names]

    def names(self, rule: Rule) -> list[str]:
        return names_for(self.app.view_functions[rule.endpoint])

    def addresses(self, rule: Rule) -> list[str]:
        """Return the route with everybody's rows, or with names, in the place of its values."""
        known = [self.values(*parameter) for parameter in rule._converters.items()]
        turns = range(max(map(len, known), default=1))
        return [filled(rule, *(values[turn % len(values)] for values in known)) for turn in turns]

    def values(self, parameter: str, converter: BaseConverter) -> list[str]:
        """Return values of a parameter. ``vehicle_key`` stands for the rows of vehicles, and for
        one row of something else.
        """
        stem = parameter.rpartition("_")[0][:-1]  # of vehicles, and of identities
        rows = [key for table, key in self.rows if stem in table]
        rows += [key for table, key in self.rows if stem not in table][:1]
        if isinstance(converter, RowKeyConverter):
            return [str(key) for key in rows]
        if isinstance(converter, UUIDConverter):
            return [str(key.id) for key in rows]
        return ["paris", "1", "movr"]

    def sheets(self) -> list[Sheet]:
        """Return the forms of all pages that open, each address once."""
        found: dict[tuple[str, str], Sheet] = {}
        for rule in self.rules:
            for path in self.addresses(rule) if "GET" in (rule.methods or ()) else ():
                answer = self.send("GET", path)
                parser = _Sheets(answer.request.path)
                parser.feed(answer.text if answer.mimetype == "text/html" else "")
                found |= {(sheet.method, sheet.action): sheet for sheet in parser.found}
        return list(found.values())


@contextmanager
def recorded(app: Flask) -> Iterator[set[str]]:
    """Collect the names of arguments and fields that requests read in the meantime."""
    names: set[str] = set()

    class Recorder(ImmutableMultiDict[str, str]):
        def __contains__(self, name: object) -> bool:
            names.add(str(name))
            return super().__contains__(name)

        def __getitem__(self, name: str) -> str:
            names.add(name)
            return super().__getitem__(name)

        def getlist(self, name: str, *options: Any) -> list[Any]:
            names.add(name)
            return super().getlist(name, *options)

        def __iter__(self) -> Iterator[str]:
            names.update(super().__iter__())
            return super().__iter__()

    class Request(app.request_class):  # type: ignore[name-defined]
        parameter_storage_class = Recorder

    before, app.request_class = app.request_class, Request
    yield names
    app.request_class = before


def filled(rule: Rule, *values: str) -> str:
    """Return an address of the route, with these values one after the other."""
    left = cycle(values)
    return re.sub(r"<[^>]+>", lambda _: quoted(next(left)), rule.rule)


def quoted(text: str) -> str:
    """Return ``text`` as it stands in an address, lone surrogates and all."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def written(fields: dict[str, str]) -> str:
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in fields.items())


def headers(odd: Iterator[str]) -> dict[str, str]:
    """Return what a browser tells about itself, in odd words that a server lets through."""
    names = ("User-Agent", "Accept", "Accept-Language", "Referer", "X-City", "X-Forwarded-For")
    return {name: re.sub(r"[^\t -~\x80-\xff]", "", next(odd))[:8000] for name in names}


def body(turn: int, fields: dict[str, str], odd: Iterator[str]) -> dict[str, Any]:
    """Return the fields, written in another way at each turn."""
    as_form, raw = written(fields), next(odd).encode("utf-8", "surrogatepass")
    data, content_type = [
        (as_form, URLENCODED),
        (f"{as_form}&{as_form}", URLENCODED),
        (json.dumps(fields), "application/json"),
        (json.dumps([next(odd)]), "application/json"),
        (raw, URLENCODED),
        (b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n' + raw, "multipart/form-data; boundary=x"),
    ][turn % 6]  # fmt: skip
    return {"data": data, "content_type": content_type}


@pytest.fixture
def world(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    request: pytest.FixtureRequest,
) -> World:
    """The world as it is seen by the one that the test's parameter names."""
    me = make_user("me", roles=["admin"] if request.param == "admin" else [])
    for user in (make_user("other"), me):
        make_vehicle(owner=user)
        make_vehicle(owner=user, state="on_trip")  # so that nobody leaves for good half-way
        client: Visitor = app.test_client()  # type: ignore[assignment]
        client.sign_in(user).send(f"/rides/start/{make_vehicle().public_key}")
    return World(app, None if request.param == "visitor" else me)


# --- and the trying ---------------------------------------------------------------------------


@pytest.mark.parametrize("world", PEOPLE, indirect=True)
def test_no_route_fails_whatever_is_asked_of_it(world: World) -> None:
    def ask_everything(turn: int, odd: Iterator[str]) -> None:
        for number, rule in enumerate(world.rules, turn):
            known = world.addresses(rule)
            paths = [known[turn % len(known)]]
            if rule.arguments and number % 3 == 0:
                paths.append(filled(rule, next(odd)))
            for path in paths:
                fields = dict(zip(world.names(rule), odd, strict=False))
                some = dict(list(fields.items())[number % 3 :: 3])
                for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                    sent = {} if method == "GET" else body(number, fields, odd)
                    world.send(method, f"{path}?{written(some)}", headers=headers(odd), **sent)

    fuzz(ask_everything)


@pytest.mark.parametrize("world", PEOPLE, indirect=True)
def test_no_form_fails_whatever_is_typed_into_it(world: World) -> None:
    sheets = world.sheets()
    assert sheets

    def fill_in_everything(turn: int, odd: Iterator[str]) -> None:
        for sheet in sheets:
            fields = {**sheet.fields, "something": "else"}
            fields.pop("csrf_token", None)  # it goes in the header
            fields |= {name: next(odd) for name in list(fields)[turn % 3 :: 3]}
            if sheet.method == "GET":
                world.send("GET", f"{sheet.action}?{written(fields)}")
            else:
                world.send("POST", sheet.action, data=written(fields), content_type=URLENCODED)

    fuzz(fill_in_everything)


@pytest.mark.parametrize("world", PEOPLE[-1:], indirect=True)
def test_no_field_fails_on_what_is_no_text(world: World) -> None:
    """One field at a time, so that no other is refused before it."""
    sheets = world.sheets()
    for rule in world.rules:
        if "GET" in (rule.methods or ()):
            path = world.open_address(rule)
            for name, word in product(world.read_names(rule, path), WORST):
                world.send("GET", f"{path}?{written({name: word})}")
    for word in WORST:
        for sheet in sheets:
            for name in sheet.fields.keys() - {"csrf_token"}:
                sent = {
                    "query_string" if sheet.method == "GET" else "data": written(
                        {**sheet.fields, name: word}
                    )
                }
                world.send(sheet.method, sheet.action, **sent, content_type=URLENCODED)


def test_the_names_of_fields_and_the_forms_are_found(app: Flask) -> None:
    names = {name for view in app.view_functions.values() for name in names_for(view)}
    assert {"username", "password_again", "lat", "about", "next", "after", "within"} <= names
    sheets = _Sheets("/here")
    sheets.feed(
        '<form method="post"><input name="a" value="1"><select name="b"><option value="2" selected>'
    )
    assert sheets.found == [Sheet("POST", "/here", {"a": "1", "b": "2"})]

"""The routes, forms and field names of the application, as one visitor finds them.

Nothing is listed here: a test that uses them also tests what is added later.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from itertools import cycle
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Flask
from sqlalchemy import literal, select
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import BaseConverter, Rule, UUIDConverter
from wtforms.fields.core import UnboundField

from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey, RowKeyConverter
from webapp.extensions import db
from webapp.forms import Form
from webapp.web import access
from webapp.web.roles import Permission

#: The code that reads an argument or a field of a request by its name.
READ_FIELD = re.compile(r"request\.(?:args|form|values|files)(?:\.get\(|\[)\s*\"(\w+)\"")
#: What no response may contain: error messages, SQL, the names of our libraries and files.
INTERNALS = re.compile(r"Traceback \(most recent|psycopg2|sqlalchemy|SELECT |INSERT INTO|File \"/")


class PageForm(NamedTuple):
    """A form of a page, with the values that its fields have there.

    unchecked: its boxes without a check mark, which browsers do not send.
    """

    method: str
    action: str
    fields: dict[str, str]
    unchecked: dict[str, str]


class _FormParser(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[PageForm] = []
        self.textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = values.get("method", "get").upper()
            action = (values.get("action") or self.path).partition("#")[0]
            self.forms.append(PageForm(method, action, {}, {}))
        elif not self.forms:
            return
        elif tag in ("input", "select", "textarea") and "name" in values:
            if values.get("type") not in ("radio", "checkbox") or "checked" in values:
                self.forms[-1].fields[values["name"]] = values.get("value", "")
            elif values["type"] == "checkbox":
                self.forms[-1].unchecked[values["name"]] = values.get("value", "")
            self.textarea = values["name"] if tag == "textarea" else ""
        elif tag == "option" and "selected" in values:
            self.forms[-1].fields[list(self.forms[-1].fields)[-1]] = values["value"]

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.forms[-1].fields[self.textarea] += data.removeprefix("\r\n")

    def handle_endtag(self, tag: str) -> None:
        self.textarea = ""


def parse_forms(html: str, path: str) -> list[PageForm]:
    """Return the forms of a page. path: where a form without an action goes."""
    parser = _FormParser(path)
    parser.feed(html)
    return parser.forms


@cache
def find_field_names(view: Callable[..., Any]) -> list[str]:
    """Return the names of fields that a view may read: those that its module reads from the
    request, and those of the forms that its module imports or defines.
    """
    module = inspect.getmodule(inspect.unwrap(view))
    names = set(READ_FIELD.findall(inspect.getsource(module))) if module else set()
    for form in vars(module).values():
        if inspect.isclass(form) and issubclass(form, Form):
            names |= {n for n in dir(form) if isinstance(getattr(form, n, None), UnboundField)}
    return sorted(names | {"something"})


class Site:
    """The application with its rows, visited in a browser that is signed in as ``user``.

    user: None for a visitor without an account.
    """

    def __init__(self, app: Flask, user: User | None) -> None:
        self.app = app
        self.user = user
        self.rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        with app.app_context():
            #: The routes that the user may call.
            self.open_rules = [rule for rule in self.rules if self._may_call(rule)]
            self.row_keys = [
                (table.name, RowKey(*row))
                for table in db.metadata.sorted_tables
                for id_column in {"id", "public_id"} & set(table.c.keys())
                for region in [table.c.region if "region" in table.c else literal("us-east1")]
                for row in db.session.execute(select(region, table.c[id_column]).limit(4))
            ]
        self.open_browser()

    def _may_call(self, rule: Rule) -> bool:
        required = access.required_access(rule.endpoint)
        if required is None or required == access.PUBLIC:
            return required is not None
        if required == access.SIGNED_IN:
            return self.user is not None
        return self.user is not None and self.user.has_permission(Permission(required))

    def open_browser(self) -> None:
        """Begin with a new browser."""
        self.client: Visitor = self.app.test_client()  # type: ignore[assignment]
        if self.user:
            self.client.sign_in(self.user)
        self.token = self.client.token()

    def send(self, method: str, path: str, **options: Any) -> Any:
        """Return the response; fail if it is a server error or shows internals."""
        options["headers"] = {"X-CSRFToken": self.token, **options.get("headers", {})}
        response = self.client.open(path, method=method, **options)
        summary = f"{method} {path} {options} -> {response.status}"
        assert response.status_code < 500, summary
        assert not INTERNALS.search(response.data.decode(errors="replace")), summary
        if method != "GET" and response.status_code < 400:
            self.open_browser()  # the request may have logged out
        return response

    def find_open_url(self, rule: Rule) -> str:
        """Return a URL of the route whose page the user may see; any URL if there is none."""
        urls = self.urls(rule)
        return next((url for url in urls if self.send("GET", url).status_code < 400), urls[0])

    def find_read_names(self, rule: Rule, url: str, text: str) -> list[str]:
        """Return the names of the arguments that the route reads at the URL, when they are
        missing, ``1`` or ``text``."""
        names = self.field_names(rule)
        with record_read_names(self.app) as read_names:
            for arguments in ({}, dict.fromkeys(names, "1"), dict.fromkeys(names, text)):
                self.send("GET", f"{url}?{encode_fields(arguments)}")
        return [name for name in names if name in read_names]

    def field_names(self, rule: Rule) -> list[str]:
        return find_field_names(self.app.view_functions[rule.endpoint])

    def urls(self, rule: Rule) -> list[str]:
        """Return URLs of the route: with the keys of stored rows, or with names."""
        lists = [self._parameter_values(*parameter) for parameter in rule._converters.items()]
        count = max(map(len, lists), default=1)
        return [
            fill_url(rule, *(values[n % len(values)] for values in lists)) for n in range(count)
        ]

    def _parameter_values(self, parameter: str, converter: BaseConverter) -> list[str]:
        """Return values of a parameter. ``vehicle_key`` stands for the rows of vehicles, and for
        one row of something else.
        """
        stem = parameter.rpartition("_")[0][:-1]  # of vehicles, and of identities
        keys = [key for table, key in self.row_keys if stem in table]
        keys += [key for table, key in self.row_keys if stem not in table][:1]
        if isinstance(converter, RowKeyConverter):
            return [str(key) for key in keys]
        if isinstance(converter, UUIDConverter):
            return [str(key.id) for key in keys]
        return ["paris", "1", "movr"]

    def find_forms(self) -> list[PageForm]:
        """Return the forms of all pages that the user may see, each method and action once."""
        forms: dict[tuple[str, str], PageForm] = {}
        for rule in self.open_rules:
            for url in self.urls(rule) if "GET" in (rule.methods or ()) else ():
                response = self.send("GET", url)
                html = response.text if response.mimetype == "text/html" else ""
                for form in parse_forms(html, response.request.path):
                    forms[form.method, form.action] = form
        return list(forms.values())


@contextmanager
def record_read_names(app: Flask) -> Iterator[set[str]]:
    """Collect the names of arguments and fields that requests read meanwhile."""
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

    request_class, app.request_class = app.request_class, Request
    yield names
    app.request_class = request_class


def fill_url(rule: Rule, *values: str) -> str:
    """Return a URL of the route with the values in the place of its parameters."""
    next_values = cycle(values)
    return re.sub(r"<[^>]+>", lambda _: quote_text(next(next_values)), rule.rule)


def quote_text(text: str) -> str:
    """Return ``text`` quoted for a URL, lone surrogates too."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def encode_fields(fields: dict[str, str]) -> str:
    """Return the fields as a query string or as a URL-encoded body."""
    return "&".join(f"{quote_text(name)}={quote_text(value)}" for name, value in fields.items())

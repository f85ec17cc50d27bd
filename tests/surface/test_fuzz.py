"""Whatever anybody sends to any route, no response is a server error or shows internals."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import count, cycle, product
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.bulk_actions.steps import insert_bulk_action
from tests.fleet.reports.steps import make_report_data
from tests.fleet.saved_replies.steps import insert_saved_reply
from tests.fleet.tasks.steps import insert_task
from tests.rides.steps import MakeEndedRide, make_ended_ride  # noqa: F401 - a fixture
from tests.surface.site import (
    PageForm,
    Site,
    encode_fields,
    fill_url,
    find_field_names,
    parse_forms,
)
from tests.visitor import Visitor
from webapp.fleet.reports.services import file_report
from webapp.fleet.tasks.services.settings import add_custom_kind
from webapp.rides.disputes.services import write_message

URLENCODED = "application/x-www-form-urlencoded"
#: Who sends, and how many runs of unusual texts. Admins may send all that riders may.
VIEWERS = {"visitor": 6, "rider": 2, "admin": 6}

#: Characters that are no text, characters that hide, and more text than anybody types.
HOSTILE_TEXTS = ["\0", "\ud800", "\u202egnp.exe", "x" * 10_000]
#: Arguments of ``url_for`` that are no part of a query string.
RESERVED_ARGS = {
    "endpoint": "x", "_scheme": "x", "_external": "1", "_method": "PUT", "_anchor": "x",
}  # fmt: skip
UNUSUAL_TEXTS = [
    *HOSTILE_TEXTS, "", " ", "a\0b", "\U0001f6f4", "\u200b", "e\u0301",
    "nan", "sNaN", "inf", "-inf", "1e400", "-1", "0", "9" * 40, "2147483648", "1.5", "0x10", "٣", "²",
    "[1,2]", "a[]", '{"$ne": 1}', "null", "true", "' OR 1=1--", '"><script>alert(1)</script>',
    "{{7*7}}", "%s%n", "../../etc/passwd", "\r\nSet-Cookie: a=b", "%00", "%ff", "//evil.test",
    "us-east1.x", "2026-02-30", "0000-00-00T00:00:00Z", "2026-11-01T01:30:00,us-east1.1",
]  # fmt: skip


def run_with_unusual_texts(viewer: str, test: Callable[[int, Iterator[str]], None]) -> None:
    """Run ``test(number of the run, unusual texts without end)``: the same texts each time."""
    numbers = count()
    bounds = settings(
        max_examples=examples(VIEWERS[viewer]),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    texts = st.one_of(
        st.sampled_from(UNUSUAL_TEXTS), st.sampled_from(UNUSUAL_TEXTS), st.text(max_size=20)
    )

    @bounds
    @given(st.lists(texts, min_size=17, max_size=17))  # a prime: each field gets each text
    def run(drawn_texts: list[str]) -> None:
        test(next(numbers), cycle(drawn_texts))

    run()


def make_headers(texts: Iterator[str]) -> dict[str, str]:
    """Return headers that a browser sends, with as much of the texts as a server lets through."""
    names = ("User-Agent", "Accept", "Accept-Language", "Referer", "X-City", "X-Forwarded-For")
    return {name: re.sub(r"[^\t -~\x80-\xff]", "", next(texts))[:8000] for name in names}


def make_body(number: int, fields: dict[str, str], texts: Iterator[str]) -> dict[str, Any]:
    """Return the fields as a body; ``number`` chooses how they are encoded."""
    encoded, raw = encode_fields(fields), next(texts).encode("utf-8", "surrogatepass")
    data, content_type = [
        (encoded, URLENCODED),
        (f"{encoded}&{encoded}", URLENCODED),
        (json.dumps(fields), "application/json"),
        (json.dumps([next(texts)]), "application/json"),
        (raw, URLENCODED),
        (b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n' + raw, "multipart/form-data; boundary=x"),
    ][number % 6]  # fmt: skip
    return {"data": data, "content_type": content_type}


@pytest.fixture
def site(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_ended_ride: MakeEndedRide,  # noqa: F811 - the fixture
    viewer: str,
) -> Site:
    """A city with two riders on a ride, and something of each kind that staff look at; ``viewer``
    says who visits it."""
    user, other = make_user("me", roles=["admin"] if viewer == "admin" else []), make_user("other")
    ride_key = make_ended_ride(user.key)
    with app.app_context():
        write_message(user.key, ride_key, "first", "It never unlocked.")
        vehicle = make_vehicle()
        file_report(other.key, vehicle.key, "first", make_report_data())
        add_custom_kind(find_city("new york"), "Wash")
    insert_task(app, vehicle.key)
    insert_saved_reply(app, "new york")
    insert_bulk_action(app, "new york", vehicle.key)
    for rider in (other, user):
        make_vehicle(owner=rider)
        make_vehicle(owner=rider, state="on_trip")  # it keeps the account from being deleted
        client: Visitor = app.test_client()  # type: ignore[assignment]
        client.sign_in(rider).send(f"/rides/start/{make_vehicle().public_key}")
    return Site(app, None if viewer == "visitor" else user)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_no_route_fails_with_unusual_urls_arguments_headers_and_bodies(
    site: Site, viewer: str
) -> None:
    def request_every_route(run_number: int, texts: Iterator[str]) -> None:
        # Once is enough for what refuses the user before it reads anything.
        rules = site.open_rules if run_number else site.rules
        for number, rule in enumerate(rules, run_number):
            urls = site.urls(rule)
            paths = [urls[run_number % len(urls)]]
            if rule.arguments and number % 3 == 0:
                paths.append(fill_url(rule, next(texts)))
            for path in paths:
                fields = dict(zip(site.field_names(rule), texts, strict=False))
                query_args = dict(list(fields.items())[number % 3 :: 3])
                for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                    body = {} if method == "GET" else make_body(number, fields, texts)
                    url = f"{path}?{encode_fields(query_args)}"
                    site.send(method, url, headers=make_headers(texts), **body)

    run_with_unusual_texts(viewer, request_every_route)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_no_form_fails_with_unusual_texts(site: Site, viewer: str) -> None:
    forms = site.find_forms()
    assert forms

    def send_every_form(run_number: int, texts: Iterator[str]) -> None:
        for form in forms:
            fields = {**form.fields, "something": "else"}
            fields.pop("csrf_token", None)  # it is sent in the header
            fields |= {name: next(texts) for name in list(fields)[run_number % 3 :: 3]}
            send_form(site, form, fields)

    run_with_unusual_texts(viewer, send_every_form)


@pytest.mark.parametrize("viewer", ["admin"])
def test_no_list_fails_with_an_argument_that_url_for_reads_itself(site: Site) -> None:
    query = encode_fields({"state": "available", "all": "y", **RESERVED_ARGS})
    for rule in site.open_rules:
        if "GET" in (rule.methods or ()):
            site.send("GET", f"{site.urls(rule)[0]}?{query}")


@pytest.mark.parametrize("viewer", ["admin"])
def test_no_field_fails_with_hostile_text(site: Site) -> None:
    """One field at a time, so that no other is refused before it."""
    forms = site.find_forms()
    for rule in site.rules:
        if "GET" in (rule.methods or ()):
            url = site.find_open_url(rule)
            names = site.find_read_names(rule, url, HOSTILE_TEXTS[0])
            for name, text in product(names, HOSTILE_TEXTS):
                site.send("GET", f"{url}?{encode_fields({name: text})}")
    for text, form in product(HOSTILE_TEXTS, forms):
        for name in form.fields.keys() - {"csrf_token"}:
            send_form(site, form, {**form.fields, name: text})


def send_form(site: Site, form: PageForm, fields: dict[str, str]) -> None:
    if form.method == "GET":
        site.send("GET", form.action, query_string=encode_fields(fields))
    else:
        site.send(form.method, form.action, data=encode_fields(fields), content_type=URLENCODED)


def test_field_names_and_forms_are_found(app: Flask) -> None:
    names = {name for view in app.view_functions.values() for name in find_field_names(view)}
    assert {"username", "password_again", "lat", "about", "next", "after", "within"} <= names
    html = (
        '<form method="post"><input name="a" value="1"><input type="checkbox" name="c" value="3">'
        '<select name="b"><option value="2" selected>'
    )
    form = PageForm("POST", "/here", {"a": "1", "b": "2"}, unchecked={"c": "3"})
    assert parse_forms(html, "/here") == [form]

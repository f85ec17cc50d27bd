"""Limits of requests, tested with the application and with gunicorn over raw sockets."""

import random
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from sqlalchemy.engine import URL

from tests.deployment.gunicorn import Server
from tests.factories import UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.fleet.models import Vehicle

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


def parts(*names: str) -> str:
    """Return a form of these fields as multipart/form-data."""
    fields = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n1\r\n' for name in names
    ]
    return "".join(fields) + "--x--\r\n"


# --- the application --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/login", "/rides", "/nowhere", "/health/live"])
def test_a_body_of_unknown_length_is_refused(visitor: Visitor, path: str) -> None:
    for method in ("GET", "POST"):
        response = visitor.open(path, method=method, headers={"Transfer-Encoding": "chunked"})
        assert response.status_code == 411
        assert "The length is missing" in response.text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("content_type", [FORM, MULTIPART, "application/json", "text/plain"])
def test_a_body_of_more_than_64_kib_is_refused_whether_it_is_read_or_not(
    visitor: Visitor, method: str, content_type: str
) -> None:
    response = visitor.open("/login", method=method, data="x" * 65_537, content_type=content_type)
    assert response.status_code == 413
    response = visitor.open("/login", method=method, data="x" * 65_536, content_type=content_type)
    assert response.status_code < 413


@pytest.mark.parametrize(
    ("content_type", "write"),
    [(FORM, lambda *names: "=1&".join(names) + "=1"), (MULTIPART, parts)],
    ids=["urlencoded", "multipart"],
)
def test_a_form_has_at_most_a_hundred_fields(
    visitor: Visitor, content_type: str, write: Callable[..., str]
) -> None:
    names = ["csrf_token", *(f"f{n}" for n in range(100))]
    response = visitor.post("/login", data=write(*names), content_type=content_type)
    assert response.status_code == 413
    response = visitor.post("/login", data=write(*names[:-1]), content_type=content_type)
    assert "reload the page" in response.text  # the token is wrong; the number is not


@pytest.mark.parametrize(
    ("path", "method", "content_type", "body"),
    [
        ("/?type=bike&type=", "GET", None, ""),
        ("/login?next=/rides&next=/", "GET", None, ""),
        ("/nowhere?a&a", "GET", None, ""),
        ("/login", "POST", FORM, "username=ada&username=bob"),
        ("/login", "POST", FORM, "username=ada&%75sername=bob"),
        ("/login", "POST", MULTIPART, parts("username", "password", "username")),
    ],
)
def test_a_repeated_field_is_refused(
    visitor: Visitor, path: str, method: str, content_type: str, body: str
) -> None:
    token = visitor.token()
    headers = {"X-CSRFToken": token}
    response = visitor.open(
        path, method=method, data=body, content_type=content_type, headers=headers
    )
    assert response.status_code == 400
    assert visitor.get("/login?next=/rides&other=/rides").status_code == 200


@pytest.mark.parametrize("path", ["/city/%00", "/a%00", "/?type=%00", "/login?next=%00", "/?%00"])
def test_a_nul_character_in_a_url_is_not_found(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == (200 if path == "/?%00" else 404)


def test_a_nul_character_in_a_form_is_read_as_what_is_no_character(app: Flask) -> None:
    body = "name=a%00b&%00=1&own=2"
    with app.test_request_context("/login", data=body, content_type=FORM) as context:
        app.preprocess_request()
        assert context.request.form.to_dict() == {"name": "a\ufffdb", "\ufffd": "1", "own": "2"}


@pytest.mark.parametrize(
    "invalid_text", ["%ff", "%ED%A0%80", "%C0%80", "%F5%80%80%80", "%", "%u0000"]
)
def test_invalid_utf_8_causes_no_server_error(visitor: Visitor, invalid_text: str) -> None:
    headers = {"X-CSRFToken": visitor.token()}
    for path in (
        f"/{invalid_text}",
        f"/city/{invalid_text}",
        f"/?type={invalid_text}",
        f"/vehicles/us-east1.{invalid_text}",
    ):
        assert visitor.get(path).status_code in (200, 404, 422)
    for body in (
        f"username={invalid_text}&password={invalid_text}",
        f"{invalid_text}={invalid_text}",
        b"username=\xff\xfe",
    ):
        response = visitor.post("/login", data=body, content_type=FORM, headers=headers)
        assert response.status_code in (400, 422)


# --- forms with files -------------------------------------------------------------------------


@pytest.fixture
def form(rider: Visitor, make_vehicle: VehicleFactory) -> str:
    """The address of a form that takes files."""
    return f"/vehicles/{make_vehicle().public_key}/report"


def multipart(*fields: tuple[str, str, int]) -> str:
    """Return a form of fields of that name, kind and length: ``("photo1", "file", 100_000)``."""
    written = []
    for name, kind, length in fields:
        file = '; filename="a"' if kind == "file" else ""
        head = f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        written.append(f"{head}{'x' * length}\r\n")
    return "".join(written) + "--x--\r\n"


def test_only_views_that_accept_files_accept_files(rider: Visitor, form: str) -> None:
    body = multipart(("photo1", "file", 1_000_000))
    headers = {"X-CSRFToken": rider.token()}
    taken = rider.post(form, data=body, content_type=MULTIPART, headers=headers)
    assert taken.status_code == 422
    assert "Fill this in." in taken.text
    other_paths = ("/login", "/vehicles/add", form.removesuffix("/report"))
    responses = [
        rider.post(to, data=body, content_type=MULTIPART, headers=headers) for to in other_paths
    ]
    assert [response.status_code for response in responses] == [413] * 3


def test_files_with_any_bytes_are_accepted(rider: Visitor, form: str) -> None:
    """Line breaks, and text that looks like a boundary, do not end a file."""
    noise = random.Random(1).randbytes(200_000)
    ends = b"\r\n--y\r\n--xy\r\n" * 15_000
    for content in (noise, ends, b"\n" * 200_000, b"\r\n" + b"x" * 200_000):
        files = {"photo1": (BytesIO(content), "a"), "photo2": (BytesIO(content[1:]), "b")}
        assert rider.send(form, **files).status_code == 422


def test_files_have_a_size_limit_and_need_a_content_length(rider: Visitor, form: str) -> None:
    too_long = {"CONTENT_LENGTH": str(25 * 1024 * 1024 + 1)}
    response = rider.post(form, content_type=MULTIPART, environ_overrides=too_long)
    assert response.status_code == 413
    chunked = rider.post(form, headers={"Transfer-Encoding": "chunked"})
    assert chunked.status_code == 411


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (MULTIPART, multipart(("note", "text", 65_537))),
        (MULTIPART, multipart(("note", "text", 40_000), ("critical", "text", 40_000))),
        (MULTIPART, multipart(("note", "text", 1_000_000))),
        (MULTIPART, parts(*(f"f{n}" for n in range(101)))),
        (FORM, "note=" + "x" * 65_537),
        ("application/json", "x" * 65_537),
    ],
    ids=["a long text", "two texts", "a very long one", "many fields", "a long form", "no form"],
)
def test_text_beside_files_has_the_same_limits_as_without(
    rider: Visitor, form: str, content_type: str, body: str
) -> None:
    headers = {"X-CSRFToken": rider.token()}
    response = rider.post(form, data=body, content_type=content_type, headers=headers)
    assert response.status_code == 413


def test_a_repeated_file_is_refused(rider: Visitor, form: str) -> None:
    body = multipart(("photo1", "file", 9), ("photo1", "file", 9))
    headers = {"X-CSRFToken": rider.token()}
    assert rider.post(form, data=body, content_type=MULTIPART, headers=headers).status_code == 400


class UnreadableBody(BytesIO):
    """A body that raises an error when it is read."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = readinto = read  # type: ignore[assignment]


def test_files_of_visitors_are_not_read(visitor: Visitor, form: str) -> None:
    response = visitor.post(
        form,
        input_stream=UnreadableBody(),
        content_type=MULTIPART,
        environ_overrides={"CONTENT_LENGTH": "1000000"},
    )
    assert response.status_code == 303
    assert response.location.startswith("/login")


# --- our own pages ----------------------------------------------------------------------------


class _FieldCollector(HTMLParser):
    """Collects the field names of each form and each link of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.field_lists: list[list[str]] = []
        self._form: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        for address in (values.get("href"), values.get("action")):
            if address:
                query = parse_qsl(urlsplit(address).query, keep_blank_values=True)
                self.field_lists.append([name for name, _ in query])
        if tag == "form":
            self._form = []
            self.field_lists.append(self._form)
        name = values.get("name")
        # Of radio buttons and checkboxes of one name, each has a value of its own.
        is_further_choice = values.get("type") in ("radio", "checkbox") and name in self._form
        if tag in ("input", "select", "textarea") and name and not is_further_choice:
            self._form.append(name)


def test_no_form_or_link_of_a_page_repeats_a_field(
    app: Flask, make_user: UserFactory, make_vehicle: Callable[..., Vehicle]
) -> None:
    boss = make_user(roles=["admin"])
    vehicles = [make_vehicle(owner=boss) for _ in range(7)]
    client: Visitor = app.test_client()  # type: ignore[assignment]
    pages = [client.get("/register"), client.get("/login?next=/rides")]
    client.sign_in(boss)
    paths = [rule.rule for rule in app.url_map.iter_rules() if not rule.arguments]
    paths += [f"/vehicles/{vehicles[0].key}", f"/vehicles/{vehicles[0].key}/edit"]
    paths += ["/?lat=40.7306&lon=-73.9866&type=scooter&show=all&within=500"]
    pages += [client.get(path) for path in paths]
    for page in pages:
        collector = _FieldCollector()
        collector.feed(page.text if page.mimetype == "text/html" else "")
        for names in collector.field_lists:
            assert [name for name, n in Counter(names).items() if n > 1] == [], page.request.path


# --- gunicorn, as the image runs it -----------------------------------------------------------


@pytest.fixture(scope="module")
def port(app: Flask, database: URL) -> Iterator[int]:
    running = Server(database)
    running.wait_until_live()
    yield running.port
    running.process.terminate()
    running.process.wait(15)


def read_status(port: int, message: bytes) -> int:
    """Return the status of the response; 0 if the connection is closed without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(message)
            status_line = connection.makefile("rb").readline()
        except ConnectionError:
            return 0
    match = re.match(rb"HTTP/1\.1 (\d{3}) ", status_line)
    return int(match[1]) if match else 0


def request(first: str = "GET / HTTP/1.1", *headers: str, body: str = "") -> bytes:
    lines = [first, "Host: localhost", "Connection: close", *headers, "", body]
    return "\r\n".join(lines).encode("latin-1")


POST = "POST /login HTTP/1.1"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (request(), 200),
        (request(POST, CHUNKED, body="5\r\nhello\r\n0\r\n\r\n"), 411),
        (request(POST, CHUNKED, f"Content-Type: {FORM}", body="3\r\na=1\r\n0\r\n\r\n"), 411),
        (request("GET / HTTP/1.1", CHUNKED, body="0\r\n\r\n"), 411),
        (request(POST, CHUNKED, body="ffffffff\r\n"), 411),
        (request(POST, "Transfer-Encoding: gzip, chunked", body="0\r\n\r\n"), 411),
        (request(POST, "Transfer-Encoding: smoke", body="x"), 501),
        (request(POST, "Content-Length: 65537", body="x" * 65_537), 413),
        (request(POST, f"Content-Length: {10**15}"), 413),
        (request("GET / HTTP/1.1", "Content-Length: 65537", body="x" * 65_537), 413),
    ],
)
def test_gunicorn_refuses_bodies_that_the_application_refuses(
    port: int, message: bytes, status: int
) -> None:
    assert read_status(port, message) == status


@pytest.mark.parametrize(
    "message",
    [
        request(POST, CHUNKED, "Content-Length: 5", body="0\r\n\r\n"),
        request(POST, "Content-Length: 1", "Content-Length: 2", body="ab"),
        request(POST, "Content-Length: -1"),
        request(POST, "Content-Length: many"),
        request("GET / HTTP/1.1", *(f"X-{n}: 1" for n in range(200))),
        request("GET / HTTP/1.1", "X-Long: " + "x" * 10_000),
        request("GET / HTTP/1.1", "Cookie: movr=" + "x" * 100_000),
        request(f"GET /?{'x' * 5_000} HTTP/1.1"),
        request("GET / HTTP/1.1", "X-Nul: a\0b"),
        request("GET / HTTP/1.1", "X-Folded: a", " b"),
        request("GET / HTTP/1.1", "Bad Name: a"),
        request("GET / HTTP/9.9"),
        request("G\0T / HTTP/1.1"),
        request("nonsense"),
        b"\0" * 1000 + b"\r\n\r\n",
    ],
)
def test_malformed_requests_are_refused(port: int, message: bytes) -> None:
    assert 400 <= read_status(port, message) < 500


@pytest.mark.parametrize(
    "target", ["/\xff", "/?type=\xff", "/city/\xe9", "/%00", "/?a=%00", "/%ff", "*"]
)
def test_malformed_request_targets_cause_no_server_error(port: int, target: str) -> None:
    assert 200 <= read_status(port, request(f"GET {target} HTTP/1.1")) < 500


def test_gunicorn_still_answers_after_malformed_requests(port: int) -> None:
    message: Any = request("GET /login HTTP/1.1")
    assert [read_status(port, message) for _ in range(10)] == [200] * 10

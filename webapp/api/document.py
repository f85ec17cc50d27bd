"""The OpenAPI 3.1 document, made from the routes and the types of their operations."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from flask import Flask, current_app
from msgspec import NODEFAULT
from werkzeug.routing import IntegerConverter, Rule

from webapp.api.idempotency import (
    HEADER,
    HEADER_PATTERN,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
)
from webapp.api.operations import Operation
from webapp.api.values import Body, encode
from webapp.db.keys import KEY_PATTERN, RowKeyConverter
from webapp.errors import DomainError
from webapp.web.problems import (
    PROBLEM_TYPE,
    STATUS_PROBLEMS,
    InsufficientScope,
    find_status_title,
    make_problem_uri,
)
from webapp.web.scopes import Scope

#: JSON Schema. Any: as deep as it is.
Schema = dict[str, Any]

#: Where an application keeps its document, once it is made.
DOCUMENT = "movr_api_document"
SCHEMA_PATH = "#/components/schemas/{name}"
#: The name of the security scheme.
TOKEN_SCHEME = "token"  # noqa: S105 - not one
#: A file of a form, or an answer that is one.
FILE_SCHEMA: Schema = {"type": "string", "format": "binary"}
KEY_SCHEMA: Schema = {"type": "string", "pattern": f"^{KEY_PATTERN}$"}


def init_app(app: Flask) -> None:
    app.extensions[DOCUMENT] = []


class Route(NamedTuple):
    """An operation with its address."""

    method: str
    #: As OpenAPI writes it: ``/api/v1/rides/{ride_key}``.
    path: str
    endpoint: str
    operation: Operation
    scope: Scope | None
    rule: Rule

    @property
    def name(self) -> str:
        """Its ``operationId``: ``rides_start``."""
        return f"{self.tag}_{self.endpoint.rpartition('.')[2]}"

    @property
    def tag(self) -> str:
        """The name of its blueprint without ``api_``: ``rides``."""
        return self.endpoint.split(".")[-2].removeprefix("api_")


def list_routes(app: Flask) -> list[Route]:
    """Return every operation of the API, by its address."""
    return sorted(_find_routes(app), key=lambda route: (route.tag, route.path, route.method))


def _find_routes(app: Flask) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        view: Any = app.view_functions[rule.endpoint]
        if operation := getattr(view, "operation", None):
            (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            path = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule)
            scope = getattr(view, "scope", None)
            yield Route(method, path, rule.endpoint, operation, scope, rule)


def find_document() -> bytes:
    """Return the document as JSON; it is made once in a process."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    made: list[bytes] = app.extensions[DOCUMENT]
    if not made:
        made.append(encode(make_document(app)))
    return made[0]


def make_document(app: Flask) -> Schema:
    """Return the document."""
    routes = list_routes(app)
    types = [each for route in routes for each in _list_types(route.operation)]
    _, schemas = msgspec.json.schema_components([*types, Problem], ref_template=SCHEMA_PATH)
    for body in {route.operation.body for route in routes if route.operation.body}:
        schemas[body.__name__] |= body.SCHEMA_RULES
    paths: Schema = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _describe(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MovR",
            "version": "1",
            "description": (
                "Find, ride and pay for shared vehicles. Money is minor units with its currency,"
                " times are RFC 3339 in UTC, keys are region.uuid. Errors are problem details"
                " (RFC 9457)."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": app.config["PUBLIC_URL"]}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                TOKEN_SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A personal access token, or one of an app (OAuth 2.1); its"
                    " scopes say what it may do.",
                }
            },
        },
    }


def _list_types(operation: Operation) -> list[Any]:
    types = [each for each in (operation.answer, operation.body) if each is not None]
    fields = msgspec.structs.fields(operation.query) if operation.query else ()
    return types + [each.type for each in fields]


class ProblemError(msgspec.Struct):
    """One value that is not valid."""

    pointer: str
    detail: str


class Problem(msgspec.Struct):
    """Why a request has failed (RFC 9457). Some types have more members."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    errors: list[ProblemError] = []


def _describe(route: Route) -> Schema:
    operation = route.operation
    described: Schema = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": operation.summary,
        "parameters": [
            *_path_parameters(route),
            *_query_parameters(operation),
            *_header_parameters(route),
        ],
        "responses": {str(operation.status): _describe_answer(route), **_problems(route)},
        "security": [{TOKEN_SCHEME: [str(route.scope)]}] if route.scope else [],
    }
    if operation.description:
        described["description"] = operation.description
    if operation.body:
        content = _describe_body(operation, operation.body)
        described["requestBody"] = {"required": True, "content": content}
    return described


def _describe_body(operation: Operation, body: type[Body]) -> Schema:
    """Return what a request sends, by media type."""
    json_body: Schema = {"schema": _schema(body)}
    if operation.body_example:
        json_body["example"] = msgspec.to_builtins(operation.body_example)
    content = {"application/json": json_body}
    if operation.files:
        if operation.files.are_required:
            content.clear()
        _, schemas = msgspec.json.schema_components([body], ref_template=SCHEMA_PATH)
        form = schemas[body.__name__]
        del form["title"]  # that of another schema
        form["properties"] |= dict.fromkeys(operation.files.names, FILE_SCHEMA)
        if operation.files.are_required:
            form["required"] += operation.files.names
        content["multipart/form-data"] = {"schema": form}
    return content


def _describe_answer(route: Route) -> Schema:
    operation = route.operation
    answer: Schema = {"description": operation.summary}
    if operation.answer is not None:
        is_file = operation.answer is bytes
        schema = FILE_SCHEMA if is_file else _schema(operation.answer)
        answer["content"] = {operation.media_type: {"schema": schema}}
    if route.method == "GET" and operation.media_type == "application/json":
        etag = "Sent as If-None-Match, it is answered with 304 if nothing has changed."
        answer["headers"] = {"ETag": {"description": etag, "schema": {"type": "string"}}}
    if operation.is_paged:
        link = "The next page, as rel=next (RFC 8288); the last page has none."
        answer["headers"] |= {"Link": {"description": link, "schema": {"type": "string"}}}
    return answer


def list_problem_names(route: Route) -> dict[int, list[str]]:
    """Return what an operation may be refused with: the names of problems, by status."""
    names: dict[int, list[str]] = {}
    for status in _usual_statuses(route):
        names[status] = [STATUS_PROBLEMS[status].name]
    for error_class in (*_usual_errors(route), *route.operation.problems):
        of_status = names.setdefault(error_class.status, [])
        if error_class.problem_name not in of_status:
            of_status.append(error_class.problem_name)
    return names


def _usual_errors(route: Route) -> Iterator[type[DomainError]]:
    if route.scope:
        yield InsufficientScope
    if takes_idempotency_key(route):
        yield from (IdempotencyKeyInvalid, IdempotencyKeyReused)


def _problems(route: Route) -> Schema:
    names = list_problem_names(route)
    content = {PROBLEM_TYPE: {"schema": _schema(Problem)}}
    return {
        str(status): {
            "description": f"{find_status_title(status)}. Types: "
            + ", ".join(make_problem_uri(name) for name in names[status]),
            "content": content,
        }
        for status in sorted(names)
    }


def _usual_statuses(route: Route) -> list[int]:
    operation = route.operation
    statuses = [401, 403] if route.scope else []
    statuses += [404] if route.rule.arguments else []
    statuses += [413] if route.method != "GET" else []
    statuses += [415] if operation.body else []
    return [400, *statuses, *([422] if operation.body or operation.query else []), 429, 503]


def _path_parameters(route: Route) -> Iterator[Schema]:
    for name, converter in route.rule._converters.items():
        schema = KEY_SCHEMA if isinstance(converter, RowKeyConverter) else {"type": "string"}
        if isinstance(converter, IntegerConverter):
            schema = {"type": "integer", "minimum": converter.min or 0, "maximum": converter.max}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _header_parameters(route: Route) -> Iterator[Schema]:
    if takes_idempotency_key(route):
        yield {
            "name": HEADER,
            "in": "header",
            "required": route.operation.requires_key,
            "schema": {"type": "string", "pattern": HEADER_PATTERN},
            "description": "New for each request, such as a UUID. The same request with the same"
            " key acts once and is answered the same, for 24 hours.",
        }

    if route.operation.takes_match:
        yield {
            "name": "If-Match",
            "in": "header",
            "schema": {"type": "string"},
            "description": "The ETag of what was read: changed only if it is still the same.",
        }


def takes_idempotency_key(route: Route) -> bool:
    """Tell whether requests to an operation may have an Idempotency-Key."""
    return route.method == "POST" and route.scope is not None


def _query_parameters(operation: Operation) -> Iterator[Schema]:
    if operation.query is None:
        return
    for each in msgspec.structs.fields(operation.query):
        schema = _schema(each.type)
        parameter: Schema = {"name": each.encode_name, "in": "query", "schema": schema}
        if each.required:
            parameter["required"] = True
        elif each.default not in (NODEFAULT, None):
            schema["default"] = each.default
        example = getattr(operation.query_example, each.name, None)
        yield parameter if example is None else {**parameter, "example": example}


def _schema(type_: Any) -> Schema:
    """Return the schema of a type, or where it is in the document."""
    (schema,), _ = msgspec.json.schema_components([type_], ref_template=SCHEMA_PATH)
    return schema


def example_command(route: Route) -> str:
    """Return the example of an operation as a command of curl."""
    operation, url = route.operation, f"{current_app.config['PUBLIC_URL']}{route.path}"
    if operation.query_example:
        values = msgspec.to_builtins(operation.query_example)
        pairs = [f"{name}={value}" for name, value in values.items() if value is not None]
        url += f"?{'&'.join(pairs)}"
    parts = ["curl"] + ([f"-X {route.method}"] if route.method != "GET" else [])
    if route.scope:
        parts.append('-H "Authorization: Bearer $MOVR_TOKEN"')
    if route.operation.requires_key:
        parts.append('-H "Idempotency-Key: $(uuidgen)"')
    if operation.files and operation.files.are_required:
        parts += [f"-F {name}=@{name}.jpg" for name in operation.files.names]
    elif operation.body_example:
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d '{encode(operation.body_example).decode()}'")
    return " ".join([*parts, f"'{url}'"])

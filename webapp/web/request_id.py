"""Each request has an id; the response carries it as ``X-Request-Id``."""

from uuid import uuid4

from flask import Flask, Response, g


def init_app(app: Flask) -> None:
    app.before_request(_number_request)
    app.after_request(_tell_number)


def _number_request() -> None:
    g.request_id = uuid4()


def _tell_number(response: Response) -> Response:
    if number := g.get("request_id"):
        response.headers["X-Request-Id"] = str(number)
    return response

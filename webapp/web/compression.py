"""Compression of pages and data, except where the length of a response could tell a secret.

docs/decisions/0010 explains BREACH, the attack that this is about. Static files are compressed when
they are built (webapp/web/assets).
"""

from flask import Flask, Response, current_app, request
from flask_compress import Compress
from flask_compress.flask_compress import _choose_algorithm, _compress_data

from webapp.web.responses import is_public

#: Files of text that people save, besides the types that Flask-Compress knows.
MORE_TYPES = ["text/csv", "application/geo+json"]
#: Sec-Fetch-Site of requests that no other site has caused: a page of ours, or the address bar.
OWN = ("same-origin", "none")

#: Of responses that are not streamed; the first is taken where a client accepts several.
ALGORITHMS = ["zstd", "br", "gzip"]

_compress = Compress()


def init_app(app: Flask) -> None:
    app.config["COMPRESS_REGISTER"] = False  # we decide for which responses it is called
    app.config["COMPRESS_ALGORITHM"] = ALGORITHMS
    app.config["COMPRESS_ALGORITHM_STREAMING"] = ["zstd", "br"]
    _compress.init_app(app)
    _compress.compress_mimetypes_set.update(MORE_TYPES)
    app.after_request(_compress_response)


def _compress_response(response: Response) -> Response:
    if (request.endpoint or "").endswith("static"):
        return response
    if is_safe_to_compress(response):
        compressed: Response = _compress.after_request(response)
        return compressed
    if "Accept-Encoding" in request.headers:
        response.cache_control.no_transform = True  # nor may a proxy compress it (RFC 9110, 7.7)
    return response


def is_safe_to_compress(response: Response) -> bool:
    """Tell whether no other site can learn from the length of the response what it says.

    That takes a response about a person, for a request that the other site has caused.
    """
    if is_public(response) or not request.cookies:
        return True
    return request.headers.get("Sec-Fetch-Site") in OWN


def choose_algorithm(accept_encoding: str) -> str | None:
    """Return the algorithm for a request with this header; None: it gets the response as it is."""
    algorithm: str | None = _choose_algorithm(tuple(ALGORITHMS), accept_encoding)
    return algorithm


def compress(body: bytes, algorithm: str) -> bytes:
    """Return a body compressed, for a response that is sent many times."""
    compressed: bytes = _compress_data(current_app, body, algorithm)
    return compressed

"""Compression of pages and data, except where the length of a response could tell a secret.

docs/decisions/0010 explains BREACH, the attack that this is about. Static files are compressed when
they are built (webapp/web/assets).
"""

import gzip
import sys
from collections.abc import Callable, Iterable

import brotli
from flask import Flask, Response, request
from flask_compress import Compress
from werkzeug.http import parse_accept_header

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from webapp.web.responses import is_public

#: Files of text that people save, besides the types that Flask-Compress knows.
MORE_TYPES = ["text/csv", "application/geo+json"]
#: Sec-Fetch-Site of requests that no other site has caused: a page of ours, or the address bar.
OWN = ("same-origin", "none")

#: Content-Encoding of a response that is not streamed -> the function that compresses it. The first
#: is taken where a client accepts several.
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstd.compress(body, 3),
    "br": lambda body: bytes(brotli.compress(body, quality=4)),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}

_compress = Compress()


def init_app(app: Flask) -> None:
    app.config["COMPRESS_REGISTER"] = False  # we decide for which responses it is called
    app.config["COMPRESS_ALGORITHM"] = list(COMPRESSORS)
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


def choose_algorithm(
    accept_encoding: str, algorithms: Iterable[str] = tuple(COMPRESSORS)
) -> str | None:
    """Return which of these algorithms a client with this header prefers, of equal ones the first;
    None: it gets the body as it is."""
    best = parse_accept_header(accept_encoding).best_match([*algorithms, "identity"])
    return None if best == "identity" else best

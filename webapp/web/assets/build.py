"""Builds the static files: one style sheet, one bundle of our modules, and the rest as it is."""

import hashlib
import os
import posixpath
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from gzip import compress as gzip
from importlib.resources import files
from pathlib import Path

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from webapp.web.assets.scripts import bundle, find_dynamic_imports
from webapp.web.assets.stylesheets import (
    UsedNames,
    join_imports,
    minify,
    replace_urls,
    use_logical_properties,
)

#: Files of packages that pages use.
BOOTSTRAP = Path(str(files("flask_bootstrap"))) / "static/bootstrap5/css/bootstrap.min.css"
LEAFLET = Path(str(files("js_lib_leaflet"))) / "static/js_lib_leaflet"
STYLESHEET, LEAFLET_SCRIPT = "css/movr.css", "leaflet/leaflet.js"
#: Scripts of all pages, of those with a map, and of the search page.
SCRIPTS = ("js/main.js", "js/maps.js", "js/search_map.js")
#: Service workers.
WORKERS = ("worker/site.js", "worker/remove_worker.js")
SOURCE_MAP = re.compile(r"//# sourceMappingURL=.*\s*$")
#: Files of these types are sent compressed, if that makes them smaller.
COMPRESSED_TYPES = {".css", ".js", ".svg", ".ico", ".json", ".txt"}
#: Content-Encoding -> the function, at its best level. The first is taken where a client accepts
#: several.
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.compress,
    "zstd": lambda body: zstd.compress(body, 19),
    "gzip": lambda body: gzip(body, mtime=0),
}


@dataclass(frozen=True)
class Asset:
    """A static file as it is served."""

    name: str
    body: bytes
    #: Content-Encoding -> the compressed body.
    encodings: dict[str, bytes] = field(default_factory=dict)

    @cached_property  # each link to the file needs it
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:12]

    @cached_property
    def hashed_name(self) -> str:
        """``css/movr.css`` with its hash: ``css/movr.0123456789ab.css``."""
        stem, suffix = posixpath.splitext(self.name)
        return f"{stem}.{self.digest}{suffix}"


Assets = dict[str, Asset]


def list_sources(package: Path) -> list[Path]:
    """Return the files that the static files are made of, and those that name classes of CSS."""
    of_package = [
        Path(folder, name)
        for folder, _, names in os.walk(package)
        for name in names
        if name.endswith((".py", ".html")) or Path(folder).is_relative_to(package / "static")
    ]
    return [*sorted(of_package), BOOTSTRAP, *_list_leaflet_files()]


def build(package: Path, previous: Assets | None = None) -> Assets:
    """Return all static files of the package ``webapp``, by name.

    previous: an earlier result, whose compressed bodies are used again where nothing changed.
    """
    builder = _Builder(package, previous or {})
    builder.build()
    return builder.assets


class _Builder:
    def __init__(self, package: Path, previous: Assets) -> None:
        self.package = package
        self.static = package / "static"
        self.previous = previous
        self.assets: Assets = {}

    def build(self) -> None:
        for file in sorted(self.static.rglob("*")):
            if file.is_file() and file.parent.name not in ("css", "js", "worker"):
                self._add(file.relative_to(self.static).as_posix(), file.read_bytes())
        for file in _list_leaflet_files():
            if file.suffix == ".png":
                self._add(f"leaflet/images/{file.name}", file.read_bytes())
        self._add_stylesheet()
        script = SOURCE_MAP.sub("", (LEAFLET / "leaflet.js").read_text())
        self._add(LEAFLET_SCRIPT, script.encode())
        for script in (*SCRIPTS, *WORKERS):
            if (self.static / script).is_file():
                self._add_script(self.static / script)

    def _add(self, name: str, body: bytes) -> None:
        before = self.previous.get(name)
        if before and before.body == body:
            self.assets[name] = before
        else:
            self.assets[name] = Asset(name, body, dict(_compress(name, body)))

    def _add_stylesheet(self) -> None:
        used_names = UsedNames(self._read_page_sources())
        leaflet = replace_urls(
            (LEAFLET / "leaflet.css").read_text(),
            lambda url: self._relative_url(STYLESHEET, f"leaflet/{url}"),
        )
        movr = replace_urls(
            join_imports(self.static / STYLESHEET),
            lambda url: self._relative_url(STYLESHEET, posixpath.normpath(f"css/{url}")),
        )
        bootstrap = use_logical_properties(minify(BOOTSTRAP.read_text(), used_names))
        parts = [bootstrap, minify(leaflet), minify(movr)]
        self._add(STYLESHEET, "\n".join(parts).encode())

    def _read_page_sources(self) -> Iterator[str]:
        for pattern in ("templates/**/*.html", "static/js/**/*.js", "**/*.py"):
            for file in self.package.glob(pattern):
                yield file.read_text()

    def _add_script(self, entry: Path) -> None:
        """Add a bundle, after those that it loads when it needs them."""
        for module in sorted(find_dynamic_imports(entry)):
            if self._name(module) not in self.assets:
                self._add_script(module)
        name = self._name(entry)
        text = bundle(entry, lambda file: self._relative_url(name, self._name(file)))
        self._add(name, text.encode())

    def _name(self, file: Path) -> str:
        return file.relative_to(self.static.resolve()).as_posix()

    def _relative_url(self, user: str, name: str) -> str:
        """Return the address of a file as another file names it."""
        url = posixpath.relpath(self.assets[name].hashed_name, posixpath.dirname(user))
        return url if url.startswith(".") else f"./{url}"


def _list_leaflet_files() -> list[Path]:
    return [LEAFLET / "leaflet.css", LEAFLET / "leaflet.js", *sorted(LEAFLET.glob("images/*.png"))]


def _compress(name: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    if posixpath.splitext(name)[1] not in COMPRESSED_TYPES:
        return
    for encoding, compress in COMPRESSORS.items():
        compressed = compress(body)
        if len(compressed) < len(body):
            yield encoding, compressed

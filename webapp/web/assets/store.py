"""The built static files in memory, and on disk for the processes that start later."""

import hashlib
import os
import re
import tempfile
import threading
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from webapp.web.assets.build import Asset, Assets, build, list_sources

HASHED_NAME = re.compile(r"(.+)\.[0-9a-f]{12}(\.\w+)")
#: Content-Encoding -> the end of the compressed body's name in the file on disk.
SUFFIXES = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}


class FoundAsset(NamedTuple):
    """The file that an address stands for."""

    asset: Asset
    #: Whether the address has the hash of this very content.
    is_exact: bool


class AssetStore:
    """All static files of a package. They are built, or read from ``folder``, when first needed."""

    def __init__(self, package: Path, folder: Path) -> None:
        self.package = package
        self.folder = folder
        self._lock = threading.Lock()
        self._assets: Assets = {}
        self._stamps: list[tuple[str, int, int]] = []

    def assets(self) -> Assets:
        """Return the files by their names without a hash."""
        if not self._assets:
            with self._lock:
                if not self._assets:
                    self._load()
        return self._assets

    def refresh(self) -> None:
        """Build anew if a source has changed: for development, before each request."""
        with self._lock:
            if self._stamps != self._read_stamps():
                self._load()

    def hashed_name(self, name: str) -> str:
        """Return the name to link to."""
        return self.assets()[name].hashed_name

    def find(self, name: str) -> FoundAsset | None:
        """Find a file by a name with or without a hash.

        During a deployment, pages of one release load files from servers of another. A hash that
        is not ours stands for the file as it is here.
        """
        assets = self.assets()
        if asset := assets.get(name):
            return FoundAsset(asset, is_exact=False)
        match = HASHED_NAME.fullmatch(name)
        asset = assets.get(match[1] + match[2]) if match else None
        return FoundAsset(asset, is_exact=asset.hashed_name == name) if asset else None

    def _load(self) -> None:
        stamps = self._read_stamps()
        file = self.folder / f"{self._make_digest()}.zip"
        try:
            self._assets = _read(file)
        except (OSError, zipfile.BadZipFile):
            self._assets = build(self.package, self._assets)
            with suppress(OSError):  # a folder that cannot be written to: each process builds
                _write(file, self._assets)
        self._stamps = stamps

    def _make_digest(self) -> str:
        digest = hashlib.sha256()
        for source in list_sources(self.package):
            content = source.read_bytes()
            digest.update(f"{source.name} {len(content)} ".encode() + content)
        return digest.hexdigest()[:16]

    def _read_stamps(self) -> list[tuple[str, int, int]]:
        """Return what tells that a source has changed, without reading it."""
        stats = [(str(source), source.stat()) for source in list_sources(self.package)]
        return [(name, stat.st_mtime_ns, stat.st_size) for name, stat in stats]


def _read(file: Path) -> Assets:
    with zipfile.ZipFile(file) as archive:
        bodies = {name: archive.read(name) for name in archive.namelist()}
    return {
        name: Asset(
            name,
            body,
            {
                encoding: bodies[name + suffix]
                for encoding, suffix in SUFFIXES.items()
                if name + suffix in bodies
            },
        )
        for name, body in bodies.items()
        if not name.endswith(tuple(SUFFIXES.values()))
    }


def _write(file: Path, assets: Assets) -> None:
    """Write the files, all or nothing, and remove those of earlier sources."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(descriptor, "wb") as stream, zipfile.ZipFile(stream, "w") as archive:
        for asset in assets.values():
            archive.writestr(asset.name, asset.body)
            for encoding, body in asset.encodings.items():
                archive.writestr(asset.name + SUFFIXES[encoding], body)
    os.chmod(unfinished, 0o644)
    os.replace(unfinished, file)
    for other in file.parent.glob("*.zip"):
        if other != file:
            other.unlink(missing_ok=True)

"""What clients do with a compressed response."""

import gzip
from collections.abc import Callable

import brotli
from flask_compress.compat import compression

#: Content-Encoding -> the function that returns the body.
DECOMPRESS: dict[str | None, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": compression.zstd.decompress,
    None: bytes,
}

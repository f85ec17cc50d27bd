"""Writing a file as GBFS 3.0."""

from typing import Any

import msgspec

from webapp.fleet.gbfs_publishing.data import Document, LocalizedText
from webapp.fleet.gbfs_publishing.versions import Version


def write_document(document: Document) -> bytes:
    """Return the file as JSON."""
    return _encoder.encode(
        {
            "last_updated": document.last_updated.replace(microsecond=0),
            "ttl": document.ttl_s,
            "version": Version.V3.number,
            "data": document.data,
        }
    )


def _write_text(value: Any) -> list[dict[str, str]]:
    """Return what JSON has for a text. Any: by msgspec, which asks for every type that it does not
    know."""
    if not isinstance(value, LocalizedText):
        raise NotImplementedError(type(value))
    return [{"text": text, "language": name} for name, text in value.by_language.items()]


_encoder = msgspec.json.Encoder(enc_hook=_write_text)

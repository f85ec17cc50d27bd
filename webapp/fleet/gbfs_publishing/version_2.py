"""Writing a file as GBFS 2.3: other names of some fields, one language, times in POSIX seconds."""

from collections.abc import Callable
from typing import Any

import msgspec

from webapp.fleet.gbfs_publishing.data import Document, Json, LocalizedText, list_languages
from webapp.fleet.gbfs_publishing.files.vehicle_status import VehicleStatus
from webapp.fleet.gbfs_publishing.versions import Version

#: A vehicle, with the name that its id has in 2.3.
_Bike = msgspec.defstruct(
    "_Bike",
    [(field.name, field.type, field.default) for field in msgspec.structs.fields(VehicleStatus)],
    omit_defaults=True,
    rename={"vehicle_id": "bike_id"},
)


def write_document(document: Document) -> bytes:
    """Return the file as JSON, in the first language of the feed."""
    rewrite = _REWRITTEN.get(document.name)
    return _encoder.encode(
        {
            "last_updated": int(document.last_updated.timestamp()),
            "ttl": document.ttl_s,
            "version": Version.V2.number,
            "data": rewrite(document.data) if rewrite else document.data,
        }
    )


def _write_text(value: Any) -> str:
    """Return what JSON has for a text. Any: by msgspec, which asks for every type that it does not
    know."""
    if not isinstance(value, LocalizedText):
        raise NotImplementedError(type(value))
    return next(iter(value.by_language.values()))


def _rewrite_feeds(data: Any) -> Json:
    """The list of files stands in each language of a feed; ours has one."""
    return {list_languages()[0]: data}


def _rewrite_system_information(data: Any) -> Json:
    system = msgspec.structs.asdict(data)
    [system["language"], *_] = system.pop("languages")
    for added_in_3 in ("opening_hours", "manifest_url", "termination_date"):
        del system[added_in_3]
    return {name: value for name, value in system.items() if value is not None}


def _rewrite_vehicles(data: Any) -> Json:
    return {"bikes": [_Bike(*msgspec.structs.astuple(each)) for each in data.vehicles]}


_encoder = msgspec.json.Encoder(enc_hook=_write_text)
#: Files that differ by more than texts and the time. Any: each function knows its class.
_REWRITTEN: dict[str, Callable[[Any], Json]] = {
    "gbfs": _rewrite_feeds,
    "system_information": _rewrite_system_information,
    "free_bike_status": _rewrite_vehicles,
}

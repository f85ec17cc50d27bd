"""Writing a file as GBFS 3.0, and as the release candidate of 3.1."""

from typing import Any

import msgspec

from webapp.fleet.gbfs_publishing.data import Document, FileData, LocalizedText
from webapp.fleet.gbfs_publishing.files import system_pricing_plans, vehicle_types
from webapp.fleet.gbfs_publishing.files.system_pricing_plans import Plans
from webapp.fleet.gbfs_publishing.files.vehicle_types import VehicleTypes
from webapp.fleet.gbfs_publishing.versions import Version


def write_document(document: Document) -> bytes:
    """Return the file of version 3.0 as JSON."""
    return _write(Version.V3, document, _drop_candidates(document.data))


def write_candidate(document: Document) -> bytes:
    """Return the file of the release candidate as JSON."""
    return _write(Version.V3_1_RC3, document, document.data)


def _write(version: Version, document: Document, data: FileData) -> bytes:
    return _encoder.encode(
        {
            "last_updated": document.last_updated.replace(microsecond=0),
            "ttl": document.ttl_s,
            "version": version.number,
            "data": data,
        }
    )


def _drop_candidates(data: FileData) -> FileData:
    """Return the data of a file without the fields of 3.1."""
    if isinstance(data, Plans):
        added = dict.fromkeys(system_pricing_plans.CANDIDATE_FIELDS)
        return Plans([msgspec.structs.replace(plan, **added) for plan in data.plans])
    if isinstance(data, VehicleTypes):
        added = dict.fromkeys(vehicle_types.CANDIDATE_FIELDS)
        return VehicleTypes([msgspec.structs.replace(each, **added) for each in data.vehicle_types])
    return data


def _write_text(value: Any) -> list[dict[str, str]]:
    """Return what JSON has for a text. Any: by msgspec, which asks for every type that it does not
    know."""
    if not isinstance(value, LocalizedText):
        raise NotImplementedError(type(value))
    return [{"text": text, "language": name} for name, text in value.by_language.items()]


_encoder = msgspec.json.Encoder(enc_hook=_write_text)

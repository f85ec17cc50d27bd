"""Steps of tests of texts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import insert

from webapp.db.transactions import execute_write
from webapp.texts.enums import TextKind
from webapp.texts.models import TextVersion
from webapp.texts.published_texts import texts_cache
from webapp.texts.services import TextKey, make_version_id


def insert_text(app: Flask, text: str, kind: str = "terms", **columns: Any) -> UUID:
    """Insert a version that began an hour ago, for all cities and in English, and return its id."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "kind": kind,
        "city": None,
        "language": "en",
        "version": 1,
        "text": text,
        "summary": "",
        "requires_agreement": False,
        "effective_from": now - timedelta(hours=1),
        "effective_until": now + timedelta(hours=1) if kind == "notice" else None,
        "why": "",
        **columns,
    }
    key = TextKey(TextKind(kind), values["city"], values["language"])
    version_id = make_version_id(key, values["version"])
    with app.app_context():
        execute_write(insert(TextVersion).values(id=version_id, **values))
        texts_cache().clear()
    return version_id

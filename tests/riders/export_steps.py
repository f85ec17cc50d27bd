"""What a person does to get the personal data export."""

import csv
import json
from io import StringIO
from typing import Any

from flask import Flask

from tests.visitor import Visitor
from webapp.hooks import get_hooks
from webapp.personal_data import ExportSection


def export_sections(app: Flask) -> list[ExportSection]:
    return get_hooks(app).export_sections


def section_names(app: Flask) -> list[str]:
    return [section.name for section in export_sections(app)]


def export_json(client: Visitor) -> dict[str, list[dict[str, Any]]]:
    response = client.send("/users/me/data.json")
    assert response.status_code == 200
    sections: dict[str, list[dict[str, Any]]] = json.loads(response.text)
    return sections


def export_csv(client: Visitor, kind: str) -> list[dict[str, str]]:
    response = client.send(f"/users/me/data/{kind}.csv")
    assert response.headers["Content-Disposition"] == f"attachment; filename=movr-{kind}.csv"
    return list(csv.DictReader(StringIO(response.text)))

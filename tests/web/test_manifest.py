"""The site as an app: what a phone reads to install it."""

import json
import re
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from tests.visitor import Visitor


def test_the_manifest_names_images_of_the_sizes_that_it_says(visitor: Visitor) -> None:
    response = visitor.get("/manifest.webmanifest?language=en")
    assert response.mimetype == "application/manifest+json"
    manifest = json.loads(response.data)
    images = [
        *manifest["icons"],
        *manifest["screenshots"],
        *(icon for shortcut in manifest["shortcuts"] for icon in shortcut["icons"]),
    ]
    for image in images:
        response = visitor.get(image["src"])
        assert response.mimetype == image["type"]
        if image["type"] == "image/png":
            assert "x".join(map(str, Image.open(BytesIO(response.data)).size)) == image["sizes"]
    assert [icon.get("purpose") for icon in manifest["icons"]] == [None, None, None, "maskable"]


def test_the_manifest_is_in_the_language_of_the_page(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de"))
    html = visitor.get("/login", headers={"Accept-Language": "de"}).text
    link = re.search(r'<link rel="manifest" href="([^"]+)">', html)
    assert link
    manifest = json.loads(visitor.get(link[1]).data)
    assert manifest["lang"] == "de"
    assert visitor.get(manifest["start_url"]).status_code == 200
    for shortcut in manifest["shortcuts"]:
        assert visitor.get(shortcut["url"]).status_code in (200, 303)


def test_only_the_line_of_the_mark_is_seen_in_the_badge_of_a_message(visitor: Visitor) -> None:
    """A phone shows what is not transparent in one colour: an icon with a ground is a square."""
    worker = visitor.get("/worker.js").text
    release = json.loads(worker.split("const RELEASE = ")[1].split(";\n")[0])
    assert "badge: RELEASE.badge" in worker
    alpha = Image.open(BytesIO(visitor.get(release["badge"]).data)).getchannel("A").tobytes()
    assert 0.1 < sum(alpha) / 255 / len(alpha) < 0.5

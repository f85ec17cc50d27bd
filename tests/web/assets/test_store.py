"""Static files are built once for the sources as they are, in any process that needs them first."""

import os
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.databases import make_app
from webapp.web.assets import store
from webapp.web.assets.static_files import asset_store
from webapp.web.assets.store import AssetStore


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package with a style sheet, a script, an image and a template."""
    texts = {
        "static/css/movr.css": "body{background:url(../img/mark.svg)}",
        "static/js/main.js": 'import { a } from "./a.js";\na();\n',
        "static/js/a.js": 'export const a = () => new URL("../img/mark.svg", import.meta.url);\n',
        "static/img/mark.svg": "<svg/>",
        "templates/base.html": '<p class="btn">',
    }
    for name, text in texts.items():
        (tmp_path / "package" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "package" / name).write_text(text)
    return tmp_path / "package"


def change(file: Path, text: str) -> None:
    file.write_text(text)
    os.utime(file, (0, 0))  # another time, on any file system


def test_files_are_named_by_their_content_wherever_they_are_named(
    package: Path, tmp_path: Path
) -> None:
    assets = AssetStore(package, tmp_path / "built").assets()
    image = assets["img/mark.svg"].hashed_name.removeprefix("img/")
    assert f"url(../img/{image})" in assets["css/movr.css"].body.decode()
    assert f'new URL("../img/{image}", import.meta.url)' in assets["js/main.js"].body.decode()
    before = {name: asset.hashed_name for name, asset in assets.items()}

    (package / "static/img/mark.svg").write_text("<svg></svg>")
    assets = AssetStore(package, tmp_path / "built").assets()
    changed = {name for name, asset in assets.items() if asset.hashed_name != before[name]}
    assert changed == {"img/mark.svg", "css/movr.css", "js/main.js"}


def test_a_later_process_finds_them_built(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = AssetStore(package, tmp_path / "built").assets()
    with monkeypatch.context() as patch:
        patch.setattr(store, "build", None)
        assert AssetStore(package, tmp_path / "built").assets() == first
    (package / "templates/base.html").write_text('<p class="card">')
    assert b".card" in AssetStore(package, tmp_path / "built").assets()["css/movr.css"].body
    assert len(list((tmp_path / "built").iterdir())) == 1  # the earlier ones are removed


@pytest.mark.parametrize("content", [b"", b"PK cut off"])
def test_a_damaged_file_is_built_again(package: Path, tmp_path: Path, content: bytes) -> None:
    first = AssetStore(package, tmp_path / "built").assets()
    next((tmp_path / "built").iterdir()).write_bytes(content)
    assert AssetStore(package, tmp_path / "built").assets() == first
    assert next((tmp_path / "built").iterdir()).stat().st_size > 1000


def test_a_folder_that_cannot_be_written_to_is_no_obstacle(package: Path, tmp_path: Path) -> None:
    (tmp_path / "built").write_text("not a folder")
    assert "css/movr.css" in AssetStore(package, tmp_path / "built").assets()


def test_in_development_a_changed_file_is_seen_by_the_next_request(
    package: Path, tmp_path: Path
) -> None:
    developing = AssetStore(package, tmp_path / "built")
    before = developing.hashed_name("js/main.js")
    developing.refresh()
    assert developing.hashed_name("js/main.js") == before
    change(package / "static/js/a.js", "export const a = () => 1;\n")
    developing.refresh()
    assert developing.hashed_name("js/main.js") != before
    change(package / "static/js/new.js", "")  # another module, which nothing imports yet
    developing.refresh()
    (package / "static/js/new.js").unlink()
    developing.refresh()


def test_development_looks_for_changes_before_each_page_and_production_never(
    monkeypatch: pytest.MonkeyPatch, database: URL
) -> None:
    looks: list[str] = []
    monkeypatch.setattr(AssetStore, "refresh", lambda _: looks.append("looked"))
    for debug in (True, False):
        client = make_app(database, DEBUG=debug).test_client()
        assert client.get("/health/live").status_code == 200
        assert client.get("/static/css/movr.css").status_code == 200
    assert looks == ["looked"]


def test_no_module_is_left_out_of_the_bundles() -> None:
    """A new module is imported by main.js, by another, or with ``import("./file.js")``."""
    assets = asset_store().assets()
    built = "".join(asset.body.decode() for name, asset in assets.items() if name[:3] == "js/")
    for file in (asset_store().package / "static/js").glob("*.js"):
        assert f"\n// {file.name}\n" in f"\n{built}", file.name

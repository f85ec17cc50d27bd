"""``flask schema``: writes the reference of the schema."""

from pathlib import Path

import click
from flask.cli import with_appcontext

import config
from webapp.ops.schema_docs.document import read_models, write_document
from webapp.ops.schema_docs.drawing import write_drawing

DOCS = config.ROOT / "docs"


@click.command("schema")
@with_appcontext
def schema() -> None:
    """Write docs/schema.md and its drawing from the models."""
    for path, text in write_files().items():
        path.write_text(text)
        click.echo(f"{path.relative_to(config.ROOT)} written")


def write_files() -> dict[Path, str]:
    """Return the text of each file of the reference."""
    models = read_models()
    return {
        DOCS / "schema.md": write_document(models),
        DOCS / "img" / "schema.svg": write_drawing(models),
    }

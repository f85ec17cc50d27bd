"""The documents name files, commands and settings that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

ROOT = Path(__file__).parents[2]
#: What was decided or released stays as it was written.
DOCUMENTS = sorted(
    file
    for file in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    if file.name != "CHANGELOG.md"
)
#: An example of a revision that a reader would write.
EXAMPLES = {"migrations/versions/0087_add_rides_photo.py"}
TOP_LEVEL = (
    "webapp",
    "tests",
    "migrations",
    "docs",
    "bench",
    "deploy",
    "config.py",
    ".env.example",
)


def paths_in(text: str) -> Iterator[str]:
    """Yield the paths between backticks that begin at the top of the project."""
    for path in re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", text):
        if path.split("/")[0] in TOP_LEVEL:
            yield path


def commands_in(text: str) -> Iterator[list[str]]:
    """Yield the words of each ``flask ...`` command, up to its first argument."""
    for line in re.findall(r"\bflask ((?:[a-z][a-z-]+ ?)+)", text):
        yield line.split()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = set(paths_in(document.read_text())) - EXAMPLES
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_link_of_a_document_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_command_that_a_document_names_exists(app: Flask, document: Path) -> None:
    context = click.Context(app.cli)
    unknown = []
    for words in commands_in(document.read_text()):
        group = app.cli.get_command(context, words[0])
        subcommands = getattr(group, "commands", None)
        is_known = group and (len(words) == 1 or not subcommands or words[1] in subcommands)
        if not is_known and words[0] not in ("serve", "run", "shell", "routes"):
            unknown.append(words)
    assert unknown == []


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = [file.name[:4] for file in (ROOT / "docs/decisions").glob("[0-9]*.md")]
    assert len(set(numbers)) == len(numbers)

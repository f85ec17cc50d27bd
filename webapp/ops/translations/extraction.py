"""Finds the texts in code and templates, and brings the files of translations up to date."""

import re
import tempfile
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po, write_po

import config
from webapp.translations.catalogues import find_catalogue_path, read_catalogue

#: The functions whose first argument, or first two, are texts, besides those that Babel knows.
KEYWORDS = ("_l", "lazy_gettext", "lazy_pgettext:1c,2", "find_plural:1,2")
#: Comments that begin so, before a text, are for translators.
COMMENT_TAG = "TRANSLATORS:"
#: Lines of a file's header that say nothing, or what would differ in each branch.
UNUSED_HEADERS = re.compile(
    r'^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date'
    r"|Last-Translator|Language-Team|Generated-By): .*\n",
    re.M,
)
HEADER = "# Texts of MovR. `flask translations update` adds what is new in the code.\n#"


def extract_texts() -> Catalog:
    """Return all texts of pages, mails and errors, in the source language.

    What is searched stands in pyproject.toml, below ``[tool.babel]``.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "messages.pot"
        arguments = ["pybabel", "-q", "extract", "-F", str(config.ROOT / "pyproject.toml")]
        for keyword in KEYWORDS:
            arguments += ["-k", keyword]
        # By default, folders whose names begin with "_" are not searched.
        arguments += ["--ignore-dirs", ".*", "-c", COMMENT_TAG, "-o", str(file), str(config.ROOT)]
        with redirect_stderr(StringIO()):
            CommandLineInterface().run(arguments)
        text = file.read_text().replace(f"{config.ROOT}/", "")
        return read_po(text.splitlines(keepends=True))


def update_catalogue(language: str, texts: Catalog) -> Catalog:
    """Write the file of a language: new texts are added, and those no longer used go. Makes the
    file of a language that has none."""
    path = find_catalogue_path(language)
    catalogue = read_catalogue(language) if path.exists() else Catalog(locale=language)
    catalogue.update(texts, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.header_comment, catalogue.fuzzy = HEADER, False
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=100, sort_by_file=True, ignore_obsolete=True,
                 include_lineno=False)  # fmt: skip
    path.write_text(UNUSED_HEADERS.sub("", path.read_text()))
    return catalogue

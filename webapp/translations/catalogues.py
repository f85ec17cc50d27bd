"""The files of translations: ``<language>/LC_MESSAGES/messages.po`` in this folder.

They are read as they are, once in a process: there are no compiled copies that could be old.
"""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.support import NullTranslations, Translations

if TYPE_CHECKING:  # babel.messages is imported when a file is read: not for English
    from babel.messages.catalog import Catalog

FOLDER = Path(__file__).parent
#: The language of the texts in the source code.
SOURCE_LANGUAGE = "en"


def find_catalogue_path(language: str) -> Path:
    """Return the file with the texts of a language, which need not exist."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def list_languages_with_catalogue() -> list[str]:
    """Return the languages that have a file here."""
    return sorted(path.parents[1].name for path in FOLDER.glob("*/LC_MESSAGES/messages.po"))


def read_catalogue(language: str) -> "Catalog":
    """Return the texts of a language as its file has them, also those that are not done yet."""
    from babel.messages.pofile import read_po

    with find_catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language, domain="messages")


@cache
def load_translations(language: str) -> NullTranslations:
    """Return the texts of a language for pages; of one without a file those in the source code."""
    if language == SOURCE_LANGUAGE or not find_catalogue_path(language).exists():
        return NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    return Translations(compiled)

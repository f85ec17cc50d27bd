"""What is missing or wrong in the texts of a language."""

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from babel.messages.catalog import Catalog, Message

#: A text; of a plural its forms.
Text: TypeAlias = str | Sequence[str] | None

#: ``%(name)s``, and ``%%`` for a percent sign.
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
TAG = re.compile(r"</?[a-z]+\b[^<>]*>")


def find_problems(texts: Catalog, catalogue: Catalog) -> Iterator[str]:
    """Return each text of ``texts`` that people would not read right in the language of
    ``catalogue``, with the reason; and each that is no longer used."""
    for text in texts:
        if not text.id:  # the header
            continue
        translated = catalogue.get(text.id, text.context)
        name = f"“{_list_forms(text.id)[0]}”"
        if translated is None:
            yield f"{name} is missing: run 'flask translations update'"
        elif not is_translated(translated):
            yield f"{name} is not translated"
        elif translated.fuzzy:
            yield f"{name} is marked as fuzzy"
        else:
            for problem in _compare(text, _list_forms(translated.string), catalogue.num_plurals):
                yield f"{name} {problem}"
    for message in catalogue:
        if message.id and texts.get(message.id, message.context) is None:
            singular = _list_forms(message.id)[0]
            yield f"“{singular}” is no longer used: run 'flask translations update'"


def is_translated(message: Message) -> bool:
    """Tell whether a text, and each form of a plural, has its translation."""
    return all(_list_forms(message.string))


def _list_forms(text: Text) -> list[str]:
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def _compare(text: Message, translated: list[str], num_plurals: int) -> Iterator[str]:
    """Return in what a translation differs from its text and must not."""
    source = _list_forms(text.id)
    if len(source) > 1 and len(translated) != num_plurals:
        yield f"needs {num_plurals} forms of its plural"
    for number, form in enumerate(translated):
        names, original = _find_placeholders(form), _find_placeholders(source[-1])
        is_singular = len(source) > 1 and number == 0
        if names != original and not (is_singular and names == original - {"num"}):
            yield f"has the variables {sorted(names)} in place of {sorted(original)}"
        if original and not _can_be_filled(form, original):
            yield "has a percent sign that must be doubled"
        if sorted(TAG.findall(form)) != sorted(TAG.findall(source[-1])):
            yield "has other HTML elements"
        if _find_outer_spaces(form) != _find_outer_spaces(source[-1]):
            yield "begins or ends with other spaces"


def _find_placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def _can_be_filled(text: str, names: set[str]) -> bool:
    try:
        return bool(text % dict.fromkeys(names, 0))
    except (ValueError, TypeError, KeyError):
        return False


def _find_outer_spaces(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

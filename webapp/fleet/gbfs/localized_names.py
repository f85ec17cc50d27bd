"""Reading names in several languages, as GBFS 3.0 has them."""

import re
from collections.abc import Callable, Iterable

#: ISO 639, the first part of a BCP 47 tag.
_LANGUAGE = re.compile("[a-z]{2,3}")


def read_labels(texts: object, name: str, fit: Callable[[str], str]) -> dict[str, str]:
    """Return the names by language, ISO 639, where they differ from the one for all languages.

    texts: a value of a feed; only localized texts (3.0) have languages.
    name: the one for all languages. fit: cleans a text, and cuts it to its column.
    """
    labels: dict[str, str] = {}
    for language, text in _list_texts(texts if isinstance(texts, list) else []):
        if label := fit(text):
            labels.setdefault(language, label)
    return {language: label for language, label in labels.items() if label != name}


def _list_texts(texts: Iterable[object]) -> Iterable[tuple[str, str]]:
    for each in texts:
        match each:
            case {"language": str(tag), "text": str(text)}:
                language = re.split("[-_]", tag.strip().lower())[0]
                if _LANGUAGE.fullmatch(language):
                    yield language, text

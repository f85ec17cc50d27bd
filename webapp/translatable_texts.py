"""Texts of people that others may read in their own language.

A module adds its kinds of texts with ``Hooks.add_translatable_kinds``; webapp/machine_translation
shows them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from webapp.db.keys import RowKey
from webapp.encryption import decrypt, encrypt
from webapp.errors import NotFound

_CONTEXT = "the key of a text that is translated"


class TranslatableText(NamedTuple):
    """A text that somebody else has written and the viewer may read."""

    text: str
    #: The address of the page where it stands.
    page: str
    #: '': it has none.
    title: str = ""
    is_markdown: bool = False


class TranslatableKind(NamedTuple):
    """Texts that are read in the same place."""

    #: In addresses.
    name: str
    #: Is called with the viewer's account (Any: a User) and what names the text in the address.
    #: Follows the rules of the page, and raises NotFound, also for what the viewer has written.
    find: Callable[[Any, str], TranslatableText]
    #: Whether only a few people may read them: an operator can keep these from the service.
    is_private: bool


def parse_text_key(text_key: str) -> RowKey:
    """Return the key of a row that is in an address; raises NotFound."""
    try:
        return RowKey.parse(text_key)
    except ValueError:
        raise NotFound from None


def encrypt_text_key(key: RowKey) -> str:
    """Return the key of a row for an address whose reader must not learn which row it is."""
    return encrypt(str(key), _CONTEXT)


def decrypt_text_key(text_key: str) -> RowKey:
    """Return the key of a row that is encrypted in an address; raises NotFound."""
    return parse_text_key(decrypt(text_key, _CONTEXT) or "")

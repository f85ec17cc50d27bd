"""Passwords: how they are hashed (Flask-Bcrypt), and how strong a new one must be."""

import string
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from flask import current_app

from webapp.auth import breached_passwords
from webapp.errors import DomainError
from webapp.extensions import bcrypt
from webapp.translations import gettext as _

#: In characters, as OWASP ASVS 6.2.1 and 6.2.9 want them.
MIN_LENGTH, MAX_LENGTH = 8, 128

#: A password that is a known word and at most this many characters more is weak; so is one that
#: repeats a piece of at most this length.
FEW_CHARACTERS = 5


class WeakPassword(DomainError):
    """The message says why."""

    status = 422
    field = "password"

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


# --- hashes --------------------------------------------------------------------------------


def hash_password(password: str) -> str:
    """Return the text to store for a password of any characters and length."""
    hashed: bytes = bcrypt.generate_password_hash(_normalize_to_bytes(password), _get_rounds())
    return hashed.decode("ascii")


def verify_password(password: str, stored_hash: str | None) -> bool:
    """Tell whether the password is the one of the stored hash.

    Without a stored hash (None, or '' for an account that has no password) it takes as long and
    returns False, so that the time does not tell whether an account exists.
    """
    hash_or_dummy = stored_hash or _make_dummy_hash()
    matches: bool = bcrypt.check_password_hash(hash_or_dummy, _normalize_to_bytes(password))
    return matches and bool(stored_hash)


def needs_rehash(stored_hash: str) -> bool:
    """Tell whether a stored hash was made with less work than BCRYPT_LOG_ROUNDS asks for."""
    return bool(stored_hash) and int(stored_hash.split("$")[2]) < _get_rounds()


def _get_rounds() -> int:
    """Of this application: the extension keeps those of the one that was created last."""
    rounds: int = current_app.config["BCRYPT_LOG_ROUNDS"]
    return rounds


def _normalize_to_bytes(password: str) -> bytes:
    """Return the bytes to hash: the same for all ways to type the same characters.

    Keyboards encode the same letter differently: ``é`` as one character or as two, ``ａ`` in full
    width. NFKC makes them equal, so a password set on a phone works on a desktop. A lone
    surrogate, which only JSON can contain, is accepted like any other character.
    """
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _make_dummy_hash() -> str:
    """Return a hash of today's cost that no password fits: salt and hash are zeros."""
    return f"$2b${_get_rounds():02d}$" + "." * 53


# --- strength ------------------------------------------------------------------------------


def check_strength(password: str, personal_words: Iterable[str]) -> None:
    """Raise WeakPassword when the password is easy to guess, or known from a data breach."""
    weakness = find_weakness(password, personal_words)
    if weakness is None and breached_passwords.is_breached(password):
        weakness = _("This password has appeared in a data breach. Choose another one.")
    if weakness:
        raise WeakPassword(weakness)


def find_weakness(password: str, personal_words: Iterable[str] = ()) -> str | None:
    """Return why the password is easy to guess, as a sentence for the person; None if it is not.

    personal_words: what others may know of the person: username, e-mail address, names, city.
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    if any(_is_mostly(word, text) for word in _list_guessable_words(personal_words)):
        return str(
            _("This password is easy to guess from your personal details. Choose another one.")
        )
    if _is_pattern(text):
        return str(
            _("This password is too easy to guess. Choose another one, such as a few random words.")
        )
    if _is_common(text):
        return str(
            _("This password is too common. Choose another one, such as a few random words.")
        )
    return None


def _is_common(text: str) -> bool:
    """Also with a few signs after it: ``password1!`` is one of the first that are tried."""
    stem = text.rstrip(string.digits + string.punctuation)
    few_follow = len(stem) >= MIN_LENGTH or len(text) - len(stem) <= FEW_CHARACTERS
    return text in _read_common_passwords() or (few_follow and stem in _read_common_passwords())


@cache
def _read_common_passwords() -> frozenset[str]:
    # Large: it is imported by the first check, not by commands and workers that check none.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    words = map(str.casefold, FREQUENCY_LISTS["passwords"])
    return frozenset(word for word in words if len(word) >= MIN_LENGTH - FEW_CHARACTERS)


def _is_pattern(text: str) -> bool:
    """A short piece again and again, or characters that mostly follow each other in Unicode."""
    if any(text[n:] == text[:-n] for n in range(1, FEW_CHARACTERS + 1)):
        return True
    return sum(abs(ord(a) - ord(b)) > 1 for a, b in pairwise(text)) <= 2


def _list_guessable_words(personal_words: Iterable[str]) -> Iterable[str]:
    for word in (*personal_words, "movr"):
        yield word
        yield word.partition("@")[0]


SEPARATORS = str.maketrans("", "", " .-_+@'")


def _is_mostly(word: str, text: str) -> bool:
    """Tell whether the text is the word and a few characters more, separators aside."""
    word = unicodedata.normalize("NFKC", word).casefold().translate(SEPARATORS)
    text = text.translate(SEPARATORS)
    is_long_enough = len(word) >= MIN_LENGTH - FEW_CHARACTERS
    return is_long_enough and len(text) - len(word) <= FEW_CHARACTERS and word in text

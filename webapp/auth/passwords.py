"""The one module that knows how passwords are kept (Flask-Bcrypt), and which are too easy."""

import string
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from flask import current_app
from flask_babel import gettext as _

from webapp.extensions import bcrypt

SHORTEST, LONGEST = 8, 128

#: So few characters around a known word, or in a pattern that repeats, make no password of it.
FEW = 5


def hash_password(password: str) -> str:
    """Return the text to store for a password of any characters and length."""
    hashed: bytes = bcrypt.generate_password_hash(_as_bytes(password))
    return hashed.decode("ascii")


def verify(password: str, stored: str | None) -> bool:
    """Tell whether the password is the stored one.

    Without a stored one (None, or '' for an account that has no password) it takes as long and
    says no, so that the clock does not tell whether an account exists.
    """
    matches: bool = bcrypt.check_password_hash(stored or _nobodys_hash(), _as_bytes(password))
    return matches and bool(stored)


def needs_rehash(stored: str) -> bool:
    """Tell whether a stored text was made with less work than is asked for today."""
    rounds: int = current_app.config["BCRYPT_LOG_ROUNDS"]
    return bool(stored) and int(stored.split("$")[2]) < rounds


def _as_bytes(password: str) -> bytes:
    """Return what is hashed: one sequence of bytes for each password as a person sees it.

    Keyboards write the same letter differently, ``é`` as one character or as two, ``ａ`` as wide
    as a sign; NFKC makes them one, so that a password set on a phone fits on a desk. Only JSON can
    bring a lone surrogate; it is as good a character as any.
    """
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _nobodys_hash() -> str:
    """Return a text of today's cost that no password fits: its salt and its hash are zeros."""
    return f"$2b${current_app.config['BCRYPT_LOG_ROUNDS']:02d}$" + "." * 53


# --- which are too easy --------------------------------------------------------------------


def weakness(password: str, personal: Iterable[str] = ()) -> str | None:
    """Return why this password is too easy to guess, as a sentence for the person; None is good.

    personal: what others may know of them: username, e-mail address, names, city.
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    if any(_is_little_more_than(word, text) for word in _words(personal)):
        return str(_("Others could guess this from what they know of you. Choose another."))
    if _is_regular(text):
        return str(_("This password follows a simple pattern. Choose another: a few words, say."))
    if _is_common(text):
        return str(_("Too many people use this password. Choose another: a few words, say."))
    return None


def _is_common(text: str) -> bool:
    """Also with signs after it: ``password1!`` is one of the first that are tried."""
    stem = text.rstrip(string.digits + string.punctuation)
    few_more = len(stem) >= SHORTEST or len(text) - len(stem) <= FEW
    return text in _common() or (few_more and stem in _common())


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # large: not for processes that ask nobody

    words = map(str.casefold, FREQUENCY_LISTS["passwords"])
    return frozenset(word for word in words if len(word) >= SHORTEST - FEW)


def _is_regular(text: str) -> bool:
    """A short piece again and again, or neighbours in the alphabet with hardly a jump."""
    if any(text[n:] == text[:-n] for n in range(1, FEW + 1)):
        return True
    return sum(abs(ord(a) - ord(b)) > 1 for a, b in pairwise(text)) <= 2


def _words(personal: Iterable[str]) -> Iterable[str]:
    for word in (*personal, "movr"):
        yield word
        yield word.partition("@")[0]


SEPARATORS = str.maketrans("", "", " .-_+@'")


def _is_little_more_than(word: str, text: str) -> bool:
    word = unicodedata.normalize("NFKC", word).casefold().translate(SEPARATORS)
    text = text.translate(SEPARATORS)
    return len(word) >= SHORTEST - FEW and len(text) - len(word) <= FEW and word in text

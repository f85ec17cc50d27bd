"""What differs between two versions of a text."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

#: Unchanged lines that are shown around a change.
CONTEXT_LINES = 1
#: Words of a changed part that are compared one by one; a longer part is shown as replaced.
MAX_WORDS = 4_000


class PieceKind(StrEnum):
    """What became of a piece of a text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Piece(NamedTuple):
    """A piece of a text."""

    kind: PieceKind
    text: str


@lru_cache(maxsize=32)
def compare_texts(old: str, new: str) -> tuple[tuple[Piece, ...], ...]:
    """Return the places where two texts differ, each with a line around it; () if nowhere."""
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    matcher = SequenceMatcher(None, old_lines, new_lines)
    return tuple(
        tuple(
            piece
            for tag, i1, i2, j1, j2 in group
            for piece in _compare_part(tag, "".join(old_lines[i1:i2]), "".join(new_lines[j1:j2]))
        )
        for group in matcher.get_grouped_opcodes(CONTEXT_LINES)
        if any(opcode[0] != "equal" for opcode in group)
    )


def _compare_part(tag: str, old: str, new: str) -> Iterator[Piece]:
    if tag == "equal":
        yield Piece(PieceKind.SAME, new)
    elif tag == "replace":
        yield from _compare_words(old, new)
    else:
        yield Piece(PieceKind.REMOVED, old) if old else Piece(PieceKind.ADDED, new)


def _compare_words(old: str, new: str) -> Iterator[Piece]:
    old_words, new_words = _split_words(old), _split_words(new)
    if len(old_words) + len(new_words) > MAX_WORDS:
        old_words, new_words = [old], [new]
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield Piece(PieceKind.SAME, "".join(new_words[j1:j2]))
            continue
        if i1 < i2:
            yield Piece(PieceKind.REMOVED, "".join(old_words[i1:i2]))
        if j1 < j2:
            yield Piece(PieceKind.ADDED, "".join(new_words[j1:j2]))


def _split_words(text: str) -> list[str]:
    """Return the words of a text, each with the blank after it."""
    lines = text.splitlines(keepends=True)
    return [word for line in lines for word in _split_line(line)]


def _split_line(line: str) -> Iterator[str]:
    *words, last = line.split(" ")
    yield from (f"{word} " for word in words)
    yield last

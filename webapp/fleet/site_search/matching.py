"""Which texts fit a question: by the stems of its words, also with a typing mistake.

Everything is compared in memory (docs/decisions/0049): what a reader can find is what a page of
help and the names of a city have.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from webapp.translations.stemming import find_stem, list_stems

#: A word in the title counts as much as so many in the text.
TITLE_WEIGHT = 4
#: How well a word fits a longer one that begins with it, and one that differs by a letter.
PREFIX, SIMILAR = 0.7, 0.5
#: Shorter words fit only themselves.
MIN_SIMILAR_LENGTH = 4
#: Shorter words of a question are left out if it has longer ones.
MIN_WORD_LENGTH = 3
#: Of a question; further words are left out.
MAX_WORDS = 8
#: Of the part of a text that is shown, and of what stands before the first word in it, characters.
EXCERPT_LENGTH, EXCERPT_LEAD = 200, 60


class Kind(StrEnum):
    """What can be found, in the order of the page."""

    HELP = "help"
    NOTICE = "notices"
    PLACE = "places"
    TERMS = "terms"


@dataclass(frozen=True)
class Entry:
    """Something that can be found, with the page that shows it."""

    kind: Kind
    title: str
    text: str
    #: ISO 639-1: by which rules its words have stems.
    language: str
    #: What it is, for the reader.
    label: str
    endpoint: str
    #: Any: of several types.
    url_args: Mapping[str, Any]
    #: By which it is found, too.
    other_names: Sequence[str] = field(default=())

    @cached_property
    def stems(self) -> Mapping[str, int]:
        """The stems of its words, with their weights."""
        stems = Counter(dict.fromkeys(list_stems(self.text, self.language), 1))
        for name in (self.title, *self.other_names):
            stems.update(dict.fromkeys(list_stems(name, self.language), TITLE_WEIGHT))
        return stems


class Part(NamedTuple):
    """A piece of a text, and whether it is a word that was looked for."""

    text: str
    is_match: bool


class Result(NamedTuple):
    """An entry that was found."""

    entry: Entry
    #: The stems in it that fit.
    stems: frozenset[str]

    @property
    def title(self) -> list[Part]:
        return self._mark(self.entry.title)

    @property
    def excerpt(self) -> list[Part]:
        """The part of the text with the first word that was looked for."""
        return self._mark(cut_excerpt(self.entry.text, self._find_first_match()))

    def _find_first_match(self) -> int:
        words = re.finditer(r"\w+", self.entry.text)
        return next((word.start() for word in words if self._is_match(word[0])), 0)

    def _mark(self, text: str) -> list[Part]:
        return [Part(part, self._is_match(part)) for part in re.split(r"(\w+)", text) if part]

    def _is_match(self, word: str) -> bool:
        return find_stem(word, self.entry.language) in self.stems


def find_entries(entries: Sequence[Entry], question: str) -> dict[Kind, list[Result]]:
    """Return what fits a question, the best first: of each kind what has all words, else what has
    some of them."""
    fitting_stems = _find_fitting_stems(entries, list_question_words(question))
    found: dict[Kind, list[tuple[Result, list[float]]]] = defaultdict(list)
    for entry in entries:
        words = fitting_stems[entry.language]
        values = [_rate(stems, entry.stems) for stems in words]
        if any(values):
            stems = frozenset(stem for each in words for stem in each)
            found[entry.kind].append((Result(entry, stems), values))
    return {kind: _sort(found[kind]) for kind in Kind if found[kind]}


def list_question_words(question: str) -> list[str]:
    """Return the words of a question that count."""
    words = re.findall(r"\w+", question)
    return ([word for word in words if len(word) >= MIN_WORD_LENGTH] or words)[:MAX_WORDS]


def cut_excerpt(text: str, position: int) -> str:
    """Return the part of a text around a position, with whole words and dots where it was cut."""
    begin = text.rfind(" ", 0, max(0, position - EXCERPT_LEAD)) + 1
    end = begin + EXCERPT_LENGTH
    if end < len(text):
        end = max(text.rfind(" ", begin, end), begin + 1)
    return f"{'… ' if begin else ''}{text[begin:end]}{' …' if end < len(text) else ''}"


def _find_fitting_stems(
    entries: Iterable[Entry], words: Sequence[str]
) -> dict[str, list[dict[str, float]]]:
    """Return for each language, and for each word of the question, the stems of the entries that
    fit it, with how well they do. A word that some entry has is not misspelt."""
    known: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        known[entry.language].update(entry.stems)
    stems = {language: [find_stem(word, language) for word in words] for language in known}
    fitting = {
        language: [_find_longer_stems(stem, known[language]) for stem in stems[language]]
        for language in known
    }
    for number in range(len(words)):
        if not any(fitting[language][number] for language in known):
            for language in known:
                similar = _find_similar_stems(stems[language][number], known[language])
                fitting[language][number] = similar
    return fitting


def _find_longer_stems(stem: str, known: Collection[str]) -> dict[str, float]:
    if stem in known:
        return {stem: 1.0}
    if len(stem) < MIN_SIMILAR_LENGTH:
        return {}
    return {each: PREFIX for each in known if each.startswith(stem)}


def _find_similar_stems(stem: str, known: Collection[str]) -> dict[str, float]:
    if len(stem) < MIN_SIMILAR_LENGTH:
        return {}
    return {each: SIMILAR for each in known if is_similar(stem, each)}


def is_similar(word: str, other: str) -> bool:
    """Return whether two words differ by one letter: there is one more, or another one, or two
    neighbours are swapped."""
    if len(word) == len(other):
        n = [n for n in range(len(word)) if word[n] != other[n]]
        is_swap = len(n) == 2 and n[1] == n[0] + 1
        return len(n) == 1 or (is_swap and word[n[0]] == other[n[1]] and word[n[1]] == other[n[0]])
    shorter, longer = sorted((word, other), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    return any(longer[:n] + longer[n + 1 :] == shorter for n in range(len(longer)))


def _rate(fitting: Mapping[str, float], stems: Mapping[str, int]) -> float:
    values = (quality * stems[stem] for stem, quality in fitting.items() if stem in stems)
    return max(values, default=0)


def _sort(found: list[tuple[Result, list[float]]]) -> list[Result]:
    complete = [each for each in found if all(each[1])] or found
    # A word that few have says more.
    counts = [
        sum(1 for value in values if value)
        for values in zip(*(v for _, v in complete), strict=True)
    ]

    def rate(values: list[float]) -> float:
        return sum(value / count for value, count in zip(values, counts, strict=True) if count)

    return [result for result, _ in sorted(complete, key=lambda each: -rate(each[1]))]

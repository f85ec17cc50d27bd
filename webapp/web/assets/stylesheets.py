"""Style sheets: joined, without comments, and without the rules that no page can use."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2

IMPORT = re.compile(r'^@import "(\./)?([\w./-]+\.css)";$', re.M)
URL = re.compile(r"""url\((["']?)([^"')]+)\1\)""")
#: A property of the left or right side; a value of one that has no such sides in its name.
SIDE = re.compile(r"(?<=[{;])(margin|padding|border)-(left|right)(?=[-:])")
SIDE_VALUE = re.compile(r"(?<=[{;])(text-align|float|clear):(left|right)\b")
FOUR_SIDES = re.compile(r"(?<=[{;])(margin|padding):([^\s;}]+) ([^\s;}]+) ([^\s;}]+) ([^\s;}]+)")
#: A token or rule of tinycss2, which has no types.
Node = Any
#: At-rules whose content is rules.
GROUPS = {"media", "supports"}


def join_imports(file: Path) -> str:
    """Return a style sheet with the text of others in place of each ``@import "file.css";``."""
    return IMPORT.sub(lambda match: join_imports(file.parent / match[2]), file.read_text())


def replace_urls(css: str, find_url: Callable[[str], str]) -> str:
    """Replace the relative addresses in a style sheet."""

    def replace(match: re.Match[str]) -> str:
        url = match[2]
        return match[0] if url.startswith(("#", "data:", "/")) else f"url({find_url(url)})"

    return URL.sub(replace, css)


def use_logical_properties(css: str) -> str:
    """Let a minified style sheet speak of the start and the end of a line, in place of left and
    right: languages that are written from right to left then need no other one."""
    css = FOUR_SIDES.sub(r"\1-block:\2 \4;\1-inline:\5 \3", css)
    css = SIDE.sub(lambda side: f"{side[1]}-inline-{_find_logical_side(side[2])}", css)
    return SIDE_VALUE.sub(
        lambda each: (
            f"{each[1]}:{'' if each[1] == 'text-align' else 'inline-'}{_find_logical_side(each[2])}"
        ),
        css,
    )


def _find_logical_side(side: str) -> str:
    return "start" if side == "left" else "end"


class UsedNames:
    """The names of classes that a page may have: all words of the files that make pages.

    Such a file may put a name together: ``flash-{{ category }}``. A word that ends with a dash
    stands for all names that begin with it.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.words = {word for text in texts for word in re.findall(r"[\w-]+", text)}
        self.beginnings = tuple(
            word for word in self.words if word.endswith("-") and word.strip("-_")
        )

    def __contains__(self, name: str) -> bool:
        return name in self.words or name.startswith(self.beginnings)


def minify(css: str, used_names: UsedNames | None = None) -> str:
    """Return the style sheet without comments and needless spaces.

    With ``used_names`` a selector stays only if all its classes are used.
    """
    return "".join(_minify_rules(tinycss2.parse_stylesheet(css, True, True), used_names))


def _minify_rules(rules: list[Node], used_names: UsedNames | None) -> Iterator[str]:
    for rule in rules:
        if rule.type == "error":
            raise ValueError(f"style sheet, line {rule.source_line}: {rule.message}")
        if rule.type == "qualified-rule":
            selectors = [
                selector
                for selector in _split_selectors(rule.prelude)
                if used_names is None or all(name in used_names for name in _list_classes(selector))
            ]
            if selectors:
                yield f"{','.join(map(_write, selectors))}{{{_write(rule.content)}}}"
        elif rule.lower_at_keyword in GROUPS:
            content = "".join(
                _minify_rules(tinycss2.parse_rule_list(rule.content, True, True), used_names)
            )
            if content:
                yield f"@{rule.at_keyword} {_write(rule.prelude)}{{{content}}}"
        elif rule.lower_at_keyword != "charset":
            yield rule.serialize()


def _split_selectors(tokens: list[Node]) -> list[list[Node]]:
    selectors: list[list[Node]] = [[]]
    for part in tokens:
        if part == ",":
            selectors.append([])
        else:
            selectors[-1].append(part)
    return selectors


def _list_classes(selector: list[Node]) -> Iterator[str]:
    """Yield the classes that an element must have; what ``:not(...)`` contains is no such class."""
    for dot, name in pairwise(selector):
        if dot == "." and name.type == "ident":
            yield name.value


def _write(tokens: list[Node]) -> str:
    kept: list[Node] = []
    for part in tokens:
        if part.type == "comment":
            continue
        if part.type == "whitespace":
            if not kept or kept[-1] in (";", ":", ",") or kept[-1].type == "whitespace":
                continue
            part.value = " "
        kept.append(part)
    text: str = tinycss2.serialize(kept)
    return text.strip()

"""Markdown that becomes safe HTML. The one module that knows markdown-it-py and nh3.

The parser makes no HTML from HTML, and what it makes is sanitised again. What a text may not have
is refused when it is published (``find_problem``); a text that came in another way loses it.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from flask_babel import LazyString
from markupsafe import Markup

from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

TAGS = {
    "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "strong", "em", "s", "ul", "ol", "li", "a",
    "blockquote", "code", "pre", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
INLINE_TAGS = {"br", "strong", "em", "s", "a", "code"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}} | {f"h{n}": {"id"} for n in range(2, 7)}
LINK_SCHEMES = {"http", "https", "mailto", "tel"}
#: How deep lists and quotes may be in each other; a list in a list is two steps.
MAX_NESTING = 12
#: Of a paragraph, an item or a cell, characters. Some patterns take a time that grows with the
#: square of it.
MAX_PARAGRAPH_LENGTH = 5_000
#: Begins the ids of headings: pages have ids of their own.
ID_PREFIX = "section-"
#: Of the words in an id, characters.
MAX_ID_LENGTH = 60


class Heading(NamedTuple):
    """A heading of a text, with the id that links to it."""

    level: int
    id: str
    text: str


class Section(NamedTuple):
    """What stands under a heading, without markup."""

    #: None: before the first heading.
    heading: Heading | None
    text: str


@cache
def _reader() -> "MarkdownIt":
    """Return the parser for texts that are shown."""
    return _make_parser(reads_html=False).disable("image")


@cache
def _checker() -> "MarkdownIt":
    """Return the parser that finds also what a text may not have."""
    parser = _make_parser(reads_html=True)
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # it is judged below
    return parser


@cache
def _block_reader() -> "MarkdownIt":
    """Return the parser that divides a text, and does not look into its parts."""
    return _make_parser(reads_html=True).disable("inline")


def _make_parser(*, reads_html: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt  # when it is needed: it has 70 modules

    return MarkdownIt("commonmark", {"html": reads_html}).enable(["table", "strikethrough"])


@lru_cache(maxsize=128)
def render_markdown(text: str) -> Markup:
    """Return a text as HTML. Its headings begin at ``h2`` and have ids."""
    tokens, _headings = _parse(text)
    return _sanitise(_reader().renderer.render(tokens, _reader().options, {}), TAGS)


@lru_cache(maxsize=128)
def render_line(text: str) -> Markup:
    """Return a short text as HTML without blocks: one paragraph, however many lines."""
    return _sanitise(_reader().renderInline(text), INLINE_TAGS)


@lru_cache(maxsize=128)
def list_headings(text: str) -> tuple[Heading, ...]:
    """Return the headings of a text, in their order."""
    return _parse(text)[1]


@lru_cache(maxsize=128)
def list_sections(text: str) -> tuple[Section, ...]:
    """Return the parts of a text by headings, in their order."""
    tokens, headings = _parse(text)
    upcoming = iter(headings)
    parts: list[tuple[Heading | None, list[str]]] = [(None, [])]
    for previous, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "heading_open":
            parts.append((next(upcoming), []))
        elif token.type != "inline":
            parts[-1][1].append(token.content)
        elif previous is None or previous.type != "heading_open":
            parts[-1][1].append("".join(map(_plain_text, token.children or ())))
    sections = ((heading, " ".join(" ".join(words).split())) for heading, words in parts)
    return tuple(Section(heading, words) for heading, words in sections if heading or words)


def _plain_text(token: "Token") -> str:
    return " " if token.type in ("softbreak", "hardbreak") else token.content


def _sanitise(html: str, tags: set[str]) -> Markup:
    import nh3  # when it is needed, too

    clean = nh3.clean(
        html,
        tags=tags,
        attributes=ATTRIBUTES,
        url_schemes=LINK_SCHEMES,
        attribute_filter=_filter_attribute,
    )
    return Markup(clean)  # noqa: S704 - sanitised


def _filter_attribute(_tag: str, name: str, value: str) -> str | None:
    """Return the value of an attribute; None: it goes."""
    return value if name != "href" or _is_allowed_link(value) else None


def _parse(text: str) -> "tuple[list[Token], tuple[Heading, ...]]":
    """Return the tokens of a text, with ids and levels of headings that suit a page, and these
    headings. No level is left out, whatever the text does."""
    tokens = _reader().parse(text)
    openings = [n for n, token in enumerate(tokens) if token.type == "heading_open"]
    top = min((int(tokens[n].tag[1:]) for n in openings), default=1)
    headings: list[Heading] = []
    level = 1
    for n in openings:
        level = min(int(tokens[n].tag[1:]) - top + 2, level + 1, 6)
        words = "".join(child.content for child in tokens[n + 1].children or ())
        heading = Heading(level, _make_id(words, headings), words)
        tokens[n].tag = tokens[n + 2].tag = f"h{level}"
        tokens[n].attrSet("id", heading.id)
        headings.append(heading)
    return tokens, tuple(headings)


def _make_id(words: str, headings: Sequence[Heading]) -> str:
    letters = "".join(letter if letter.isalnum() else " " for letter in words.lower())
    stem = ID_PREFIX + "-".join(letters.split())[:MAX_ID_LENGTH]
    taken = {heading.id for heading in headings}
    candidates = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
    return next(each for each in candidates if each not in taken)


# --- what a text may not have -----------------------------------------------------------------


def find_problem(text: str) -> str | None:
    """Return in words what a text may not have, with its line; None: nothing."""
    for block in _block_reader().parse(text):
        if block.type == "inline" and len(block.content) > MAX_PARAGRAPH_LENGTH:
            return _describe(block, _l("This paragraph is too long. Divide it."))
    for block in _checker().parse(text):
        for token in (block, *(block.children or ())):
            if problem := _judge(token):
                return _describe(block, problem)
    return None


def _describe(block: "Token", problem: LazyString) -> str:
    line = block.map[0] + 1 if block.map else 1
    return _("Line %(line)d: %(problem)s", line=line, problem=problem)


def _judge(token: "Token") -> LazyString | None:
    if token.type in ("html_block", "html_inline"):
        return _l("HTML can't be used. Use Markdown.")
    if token.type == "image":
        return _l("Images can't be used.")
    if token.type == "link_open" and not _is_allowed_link(str(token.attrGet("href") or "")):
        return _l("Links begin with https://, mailto: or tel:, or lead to a page of this site.")
    if token.level > MAX_NESTING:
        return _l("Lists or quotes are nested too deep.")
    return None


def _is_allowed_link(url: str) -> bool:
    """Tell whether a link is to a page of this site, or to another one in a scheme that may be.
    ``//host`` is another site, however a browser is told of it."""
    try:
        parts = urlsplit(url.replace("\\", "/"))
    except ValueError:
        return False
    return parts.scheme in LINK_SCHEMES if parts.scheme else not parts.netloc

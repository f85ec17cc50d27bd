"""What every HTML page must hold: tags that close, ids that are unique, nothing from the inside."""

import re
from functools import cache
from html.parser import HTMLParser

from webapp.web.assets.build import BOOTSTRAP
from webapp.web.assets.static_files import asset_store
from webapp.web.assets.stylesheets import minify

VOID = {"meta", "link", "input", "br", "hr", "img", "source", "wbr"}


CLASS = re.compile(r"\.([a-z][\w-]*)")


@cache
def _classes_left_out() -> set[str]:
    """Return the classes of Bootstrap that our style sheet lacks."""
    served = asset_store().assets()["css/movr.css"].body.decode()
    return set(CLASS.findall(minify(BOOTSTRAP.read_text()))) - set(CLASS.findall(served))


class _Checker(HTMLParser):
    """Holds each page to what browsers forgive: tags that close, ids that are unique."""

    def __init__(self) -> None:
        super().__init__()
        self.open_tags: list[str] = []
        self.ids: set[str] = set()
        self.seen: set[str] = set()
        self.classes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        values = dict(attrs)
        assert "style" not in values, f"inline style on <{tag}>"
        assert not [name for name in values if name.startswith("on")], f"inline script on <{tag}>"
        self.classes.update((values.get("class") or "").split())
        if id_ := values.get("id"):
            assert id_ not in self.ids, f"id {id_} twice"
            self.ids.add(id_)
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):  # type: ignore[union-attr]
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # in a drawing, what has no content closes itself

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open_tags, f"</{tag}> closes nothing"
        opened = self.open_tags.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"


#: What differs between two answers that are the same page.
_RANDOM = re.compile(r'nonce="[^"]*"|name="csrf_token"[^>]*>')
_passed: set[int] = set()


def check_page(html: str) -> None:
    """Fail on a page that is malformed, untitled, or tells what only logs may.

    A page that has passed is not parsed again.
    """
    fingerprint = hash(_RANDOM.sub("", html))
    if fingerprint not in _passed:
        _check(html)
        _passed.add(fingerprint)


def _check(html: str) -> None:
    checker = _Checker()
    checker.feed(html)
    assert not checker.open_tags, checker.open_tags
    assert {"title", "main", "h1"} <= checker.seen, checker.seen
    assert not checker.classes & _classes_left_out(), "a name that no source spells: decision 0009"
    for secret in ("Traceback (most recent", "psycopg2", "sqlalchemy", "SELECT "):
        assert secret not in html

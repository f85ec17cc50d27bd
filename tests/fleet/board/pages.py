"""Reading the counters of a board, and the lists that they link to."""

import html
import re

from tests.visitor import Visitor

COUNTER = re.compile(
    r'class="counter [^"]*"(?: href="([^"]*)")?>\s*<strong[^>]*>([\d,]+)</strong>'
    r'\s*<span class="counter-label">(.*?)</span>',
    re.S,
)


def read_counters(page: str) -> dict[str, tuple[int, str]]:
    """Return number and link of each counter by its label, of two with one label the first; the
    link is "" where there is none."""
    return {
        html.unescape(label): (int(number.replace(",", "")), html.unescape(url))
        for url, number, label in reversed(COUNTER.findall(page))
    }


def count_rows(browser: Visitor, url: str) -> int:
    """Return how many rows all pages of a list have."""
    rows = 0
    while url:
        page = browser.get(url).text
        rows += len(re.findall(r'<th scope="row"', page))
        more = re.search(r'rel="next" href="([^"]*)"', page)
        url = html.unescape(more[1]) if more else ""
    return rows

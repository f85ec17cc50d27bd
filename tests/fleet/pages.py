"""Parts of pages that list vehicles."""

import re

from markupsafe import Markup


def find_titles(page: str) -> list[str]:
    """Return the names of the vehicles that a page lists."""
    titles = re.findall(r'class="card-title" href="[^"]+">(.+?)</a>', page)
    return [str(Markup(title).striptags()) for title in titles]


def find_next_page(page: str) -> str:
    """Return the address of the next page of a list."""
    return page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

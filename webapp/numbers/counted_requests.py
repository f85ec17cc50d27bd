"""Which requests are counted: pages that people open, as far as a server can tell."""

import re

from flask import request

#: What programs that open pages by themselves call themselves.
ROBOTS = re.compile(r"bot|crawl|spider|slurp|monitor|curl|wget|python|headless", re.IGNORECASE)


def is_page_of_person() -> bool:
    """Tell whether the request is for a page, by a browser: not by a script of a page, nor by a
    program that says what it is."""
    is_page = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    return is_page and not ROBOTS.search(request.user_agent.string)

"""Parts of pages that are the same for many requests: macros that are called once and kept.

A kept macro follows from its arguments, the language and the address of the icons. These are its
key, so what is kept is never out of date. It is imported without the variables of the page, and its
template names nothing of a request or a person; a test holds that.
"""

from collections.abc import Callable, Hashable
from functools import lru_cache, partial
from typing import TypeAlias

from flask import Flask, current_app, g
from markupsafe import Markup

from webapp.templating import icons_url
from webapp.translations import current_language

#: Results that an application keeps. Most are cards of vehicles, of about 1 KB.
MAX_RESULTS = 4_000


#: Is called with a template, the name of its macro and the arguments.
MacroCaller: TypeAlias = Callable[[str, str, tuple[Hashable, ...]], Markup]


def init_app(app: Flask) -> None:
    app.extensions["movr_kept_macros"] = lru_cache(MAX_RESULTS)(call_macro)
    app.add_template_global(kept)


def kept(template: str, macro: str, *arguments: Hashable) -> Markup:
    """Return what a macro returns for these arguments."""
    return macro_caller()(template, macro, arguments)


def macro_caller() -> MacroCaller:
    """Return the function that calls macros, or finds what they returned, in this request."""
    caller: MacroCaller | None = g.get("movr_macro_caller")
    if caller is None:
        surroundings = (*current_language(), icons_url())
        call = current_app.extensions["movr_kept_macros"]
        caller = g.movr_macro_caller = partial(call, surroundings)
    return caller


def call_macro(
    _surroundings: tuple[Hashable, ...], template: str, macro: str, arguments: tuple[Hashable, ...]
) -> Markup:
    """Call a macro that is imported without the variables of the page."""
    module = current_app.jinja_env.get_template(template).module
    result: Markup = getattr(module, macro)(*arguments)
    return result

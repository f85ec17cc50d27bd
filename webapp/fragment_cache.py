"""Parts of pages that are the same for many requests: results of macros that are cached.

A fragment follows from the arguments of its macro, the language, the units and the address of the
icons. These are its key, so a fragment is never out of date. Its macro is rendered in an
environment that does not know the request, the session or the viewer: nothing of a person can get
into the cache.
"""

from collections.abc import Callable, Hashable
from functools import cache, lru_cache, partial
from typing import TypeAlias

from flask import Flask, current_app, g
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from webapp.templating import compile_riders_templates, icons_url
from webapp.translations import current_text_variant

#: Fragments of an application. Most are cards of vehicles, of about 1 KB.
MAX_FRAGMENTS = 4_000
#: Global names of templates that fragments do not know.
FORBIDDEN = frozenset({
    "request", "session", "g", "csrf_token", "csp_nonce", "this_page", "get_flashed_messages",
    "visitors_city", "staff_menu", "render_cards",
})  # fmt: skip

#: Is called with a template, the name of its macro and the arguments.
FragmentFinder: TypeAlias = Callable[[str, str, tuple[Hashable, ...]], Markup]


def init_app(app: Flask) -> None:
    app.extensions["movr_fragment_environment"] = cache(partial(_make_environment, app))
    app.extensions["movr_fragments"] = lru_cache(MAX_FRAGMENTS)(render_fragment)
    app.add_template_global(cached_fragment)


def compile_templates(app: Flask) -> None:
    """Compile the templates of riders' pages before the first request, and those of fragments."""
    for environment in (app.jinja_env, app.extensions["movr_fragment_environment"]()):
        compile_riders_templates(environment)


def cached_fragment(template: str, macro: str, *arguments: Hashable) -> Markup:
    """Return what a macro returns for these arguments."""
    return fragment_finder()(template, macro, arguments)


def fragment_finder() -> FragmentFinder:
    """Return the function that returns fragments in the language and units of this moment."""
    variant = current_text_variant()
    found_variant, finder = g.get("movr_fragment_finder", (None, None))
    if found_variant != variant:
        common_key = (variant, icons_url())
        finder = partial(current_app.extensions["movr_fragments"], common_key)
        g.movr_fragment_finder = variant, finder
    result: FragmentFinder = finder
    return result


def render_fragment(
    _common_key: tuple[Hashable, ...], template: str, macro: str, arguments: tuple[Hashable, ...]
) -> Markup:
    """Call a macro, without the variables of the page."""
    environment: Environment = current_app.extensions["movr_fragment_environment"]()
    module = environment.get_template(template).module
    result: Markup = getattr(module, macro)(*arguments)
    return result


def _make_environment(app: Flask) -> Environment:
    """Return the environment of templates without what is forbidden. It is made at its first use,
    when the modules have added their functions.

    What a macro does not know is an error there, also in an ``if``: a fragment that asks for the
    viewer, or for a column that its row lacks, would else be cached with the wrong answer.
    """
    environment = app.jinja_env.overlay(undefined=StrictUndefined)
    names = app.jinja_env.globals.items()
    environment.globals = {name: value for name, value in names if name not in FORBIDDEN}
    return environment

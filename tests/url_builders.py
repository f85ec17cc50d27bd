"""The functions that build the URLs of routes, shared by all applications of a process.

Werkzeug compiles two for each route of each application, which is nine tenths of the time that
making an application takes. They depend on nothing but the route's text.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_compile_builder = Rule._compile_builder
_builders: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


def share_url_builders() -> None:
    """Let Werkzeug compile the routes of the same text once."""
    Rule._compile_builder = _find_builder  # type: ignore[assignment,method-assign]


def _find_builder(rule: Rule, append_unknown: bool = True) -> Any:
    if rule.defaults:  # they are part of the function
        return _compile_builder(rule, append_unknown)
    key = (*rule._trace, append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]

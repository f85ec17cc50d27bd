"""Which domain errors a function may raise, as its source says.

Followed are the functions of the application that it names, however deep; methods and decorators
are not. An error that is made is taken for one that is raised, because some functions return the
reason of a refusal.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from types import FunctionType
from typing import Any

from webapp.errors import DomainError

Errors = frozenset[type[DomainError]]
NOTHING: Errors = frozenset()


@cache
def find_raised_errors(function: FunctionType, callers: frozenset[str] = frozenset()) -> Errors:
    """Return the errors that a call of the function may end with.

    callers: functions on the way to it, which are not followed again.
    """
    function = inspect.unwrap(function)
    name = f"{function.__module__}.{function.__qualname__}"
    if name in callers:
        return NOTHING
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(tree, ast.FunctionDef)
    return _Finder(function, callers | {name}).find(tree.body)


class _Finder:
    """Finds the errors of statements of one function."""

    def __init__(self, function: FunctionType, callers: frozenset[str]) -> None:
        self.names: dict[str, Any] = dict(function.__globals__)
        self.callers = callers

    def find(self, nodes: Iterable[ast.AST]) -> Errors:
        return NOTHING.union(*(self._find_in(node) for node in nodes))

    def _find_in(self, node: ast.AST) -> Errors:
        if isinstance(node, ast.ImportFrom):
            module = import_module(node.module or "")
            self.names.update({each.name: getattr(module, each.name) for each in node.names})
        if isinstance(node, ast.Try):
            return self._find_in_try(node)
        if isinstance(node, ast.Raise) and node.exc:
            raised = self._find_classes(ast.walk(node.exc))
            return raised | self.find(ast.iter_child_nodes(node))
        if isinstance(node, ast.Call):  # made here, raised elsewhere
            return self._find_classes([node.func]) | self.find(ast.iter_child_nodes(node))
        if isinstance(node, (ast.Name, ast.Attribute)):
            value = self._resolve(node)
            if isinstance(value, FunctionType) and value.__module__.startswith(
                ("webapp.", "tests.")
            ):
                return find_raised_errors(value, self.callers)
        return self.find(ast.iter_child_nodes(node))

    def _find_in_try(self, node: ast.Try) -> Errors:
        caught = tuple(
            error
            for handler in node.handlers
            if not any(isinstance(each, ast.Raise) and not each.exc for each in ast.walk(handler))
            for error in self._list_caught(handler)
        )
        tried = self.find(node.body)
        errors = frozenset(error for error in tried if not issubclass(error, caught))
        return errors | self.find([*node.handlers, *node.orelse, *node.finalbody])

    def _list_caught(self, handler: ast.ExceptHandler) -> Iterator[type[Exception]]:
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        for value in (self._resolve(each) for each in types if each):
            if isinstance(value, tuple):
                yield from value
            elif value:
                yield value

    def _find_classes(self, nodes: Iterable[ast.AST]) -> Errors:
        values = [self._resolve(node) for node in nodes]
        return frozenset(
            value for value in values if isinstance(value, type) and issubclass(value, DomainError)
        )

    def _resolve(self, node: ast.AST) -> Any:
        """Return what a name stands for in the module of the function; None: nothing there."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute):
            value = self._resolve(node.value)
            return getattr(value, node.attr, None) if inspect.ismodule(value) else None
        return None

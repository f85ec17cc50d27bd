"""What all commands share: they are imported when one is called, since no server needs them, each
run is logged, and errors become one line and exit code 1.
"""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from flask import Flask, has_app_context
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.utils import import_string

from webapp.db.errors import is_unavailable
from webapp.db.transactions import AmbiguousCommit, is_database_outage
from webapp.errors import DomainError
from webapp.observability import tracing
from webapp.observability.error_reports import flush_reports, report_error
from webapp.observability.execution import Execution, running
from webapp.observability.logs import log_fast
from webapp.observability.metrics import record_command

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class LazyGroup(AppGroup):
    """A group that imports the module of a command when it is called, or shown in the help."""

    def __init__(self) -> None:
        super().__init__()
        self._import_names: dict[str, str] = {}

    def add_import_name(self, name: str, import_name: str) -> None:
        """Add a command that is found at ``package.module:variable``."""
        self._import_names[name] = import_name

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._import_names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        import_name = self._import_names.get(cmd_name)
        found = import_string(import_name) if import_name else super().get_command(ctx, cmd_name)
        command: click.Command | None = found
        if command:
            _log_runs(command)
        return command


def _log_runs(command: click.Command) -> None:
    """Let each run of ``command`` be an ``Execution``, and write a log line at its end.

    The line names the command, but none of its arguments: they may be names or addresses.
    """
    if getattr(command, "logs_runs", False):
        return
    invoke = command.invoke

    def invoke_and_log(ctx: click.Context) -> Any:
        with running(Execution("command", command.name or "")) as execution:
            tracing.start_trace(execution)
            exit_code = 1
            fields: dict[str, Any] = {}
            try:
                result = invoke(ctx)
                exit_code = 0
                return result
            except click.exceptions.Exit as end:
                exit_code = end.exit_code
                raise
            except BaseException as error:
                fields = {"error": type(error).__name__}
                _report_defect(error)
                raise
            finally:
                execution.name = f"{command.name} {ctx.invoked_subcommand or ''}".rstrip()
                fields = {"exit_code": exit_code, **fields, **execution.usage()}
                log_fast(log, "command", fields)
                record_command(execution, exit_code)
                tracing.end_trace(execution, is_failed=exit_code != 0)

    command.invoke = invoke_and_log  # type: ignore[method-assign]
    command.logs_runs = True  # type: ignore[attr-defined]


def _report_defect(error: BaseException) -> None:
    """Report an error that no command expects: neither an answer to its user nor an outage."""
    if not isinstance(error, Exception) or isinstance(error, (click.ClickException, click.Abort)):
        return
    if has_app_context() and not is_database_outage(error):
        report_error(error)
        flush_reports()


def add_commands(app: Flask, import_names: Mapping[str, str]) -> None:
    """Add commands to ``app``: for each name where it is found, ``package.module:variable``."""
    if not isinstance(app.cli, LazyGroup):
        raise TypeError("The commands of the application must be a LazyGroup.")
    for name, import_name in import_names.items():
        app.cli.add_import_name(name, import_name)


def report_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Decorate a command: errors of rules and of the database become one line and exit code 1."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except DomainError as refusal:
            raise click.ClickException(str(refusal.message)) from None
        except DBAPIError as error:
            raise click.ClickException(_describe(error)) from None
        except (AmbiguousCommit, PoolTimeout):
            message = "The connection to the database was lost. Check whether it was done."
            raise click.ClickException(message) from None

    return wrapped


def _describe(error: DBAPIError) -> str:
    if is_unavailable(error):
        return f"The database does not answer: {str(error.orig).strip().splitlines()[0]}"
    if "does not exist" in str(error.orig):
        return "The database has no tables yet: run 'flask db upgrade'."
    return f"The database refused: {str(error.orig).strip().splitlines()[0]}"


def check_line(_context: click.Context, _option: click.Parameter, text: str) -> str:
    """Return the text of an option, if it is one line; the ``callback`` of the option."""
    if not text.isprintable():
        raise click.BadParameter("it is one line, without control characters")
    return text


def show_text(text: object) -> str:
    """Return a text from outside so that it can be printed on one line of a terminal."""
    line = str(text)
    return line if line.isprintable() else repr(line)

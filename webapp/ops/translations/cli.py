"""``flask translations``: for those who change texts, and those who translate them."""

import click
from babel import Locale, UnknownLocaleError
from flask.cli import with_appcontext

from webapp.ops.translations.checks import find_problems, is_translated
from webapp.ops.translations.extraction import extract_texts, update_catalogue
from webapp.translations.catalogues import list_languages_with_catalogue, read_catalogue


@click.group("translations")
def commands() -> None:
    """Update and check the translations of all texts."""


@commands.command("update")
@click.argument("languages", nargs=-1)
@with_appcontext
def update(languages: tuple[str, ...]) -> None:
    """Bring the files of LANGUAGES up to date with the code, by default of all that have one.

    A language without a file gets one: `flask translations update pl`.
    """
    for language in languages:
        if not _is_language(language):
            raise click.ClickException(f"Nobody knows a language {language!r}.")
    texts = extract_texts()
    for language in languages or list_languages_with_catalogue():
        catalogue = update_catalogue(language, texts)
        missing = sum(not is_translated(message) for message in catalogue if message.id)
        click.echo(f"{language}: {len(catalogue)} texts, {missing} to translate")


@commands.command("check")
@click.argument("languages", nargs=-1)
@with_appcontext
def check(languages: tuple[str, ...]) -> None:
    """Show what is missing or wrong in LANGUAGES, by default in all; exit code 1 if anything is."""
    texts = extract_texts()
    is_good = True
    for language in languages or list_languages_with_catalogue():
        problems = list(find_problems(texts, read_catalogue(language)))
        for problem in problems:
            click.echo(f"{language}: {problem}")
        click.echo(f"{language}: {len(texts)} texts, {len(problems)} problems")
        is_good = is_good and not problems
    if not is_good:
        raise click.exceptions.Exit(1)


def _is_language(language: str) -> bool:
    try:
        return Locale.parse(language).language == language
    except (ValueError, UnknownLocaleError):
        return False

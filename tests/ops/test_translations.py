"""The files of translations: what is found in the code, what is wrong, and who is told."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from flask import Flask

import config
from webapp.ops.translations import cli
from webapp.ops.translations.checks import find_problems
from webapp.ops.translations.cli import commands
from webapp.ops.translations.extraction import extract_texts
from webapp.translations import catalogues

TEXT_FUNCTIONS = (
    *("_", "_l", "gettext", "lazy_gettext", "pgettext", "lazy_pgettext", "ngettext"),
    "find_plural",
)
RIDES = ("%(num)d ride", "%(num)d rides")


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return extract_texts()


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    catalogues.load_translations.cache_clear()
    yield tmp_path
    catalogues.load_translations.cache_clear()


@pytest.mark.parametrize(
    ("text", "translation", "problem"),
    [
        ("Saved.", "Gespeichert.", None),
        ("Saved.", "", "is not translated"),
        ("Saved.", "Gespeichert. ", "spaces"),
        ("In %(city)s", "In %(stadt)s", "the variables"),
        ("In %(city)s", "Dort", "the variables"),
        ("%(n)s%% off", "%(n)s % weniger", "percent sign"),
        ("%(n)s%% off", "%(n)s %% weniger", None),
        ("<strong>Free</strong>", "Frei", "HTML"),
        ('<a href="%(url)s">All</a>', '<a href="%(url)s">Alle</a>', None),
        (RIDES, ("%(num)d Fahrt", "%(num)d Fahrten"), None),
        (RIDES, ("Eine Fahrt", "%(num)d Fahrten"), None),
        (RIDES, ("%(num)d Fahrt", "Fahrten"), "the variables"),
        (RIDES, ("%(num)d Fahrt", ""), "is not translated"),
        (RIDES, ("%(num)d Fahrt",), "forms of its plural"),
    ],
)
def test_what_people_would_not_read_right_is_a_problem(
    text: str | tuple[str, str], translation: str | tuple[str, ...], problem: str | None
) -> None:
    source, german = Catalog(), Catalog(locale="de")
    source.add(text)
    german.add(text, translation)
    problems = list(find_problems(source, german))
    assert (problem is None) == (problems == [])
    assert problem is None or problem in problems[0]


def test_texts_that_are_missing_fuzzy_or_no_longer_used_are_problems() -> None:
    source, german = Catalog(), Catalog(locale="de")
    source.add("New")
    source.add("Changed")
    german.add("Changed", "Ähnlich", flags=["fuzzy"])
    german.add("Old", "Alt")
    assert [problem.split("”")[1].split(":")[0].strip() for problem in find_problems(source, german)] == [
        "is missing", "is marked as fuzzy", "is no longer used",
    ]  # fmt: skip


def test_texts_of_code_templates_mails_and_plurals_are_found(texts: Catalog) -> None:
    assert len(texts) > 2_500
    for text in (
        "Skip to content",
        "Fill this in.",
        "Your ride in %(city)s",
        "%(num)d ride",
        "Join",
    ):
        assert text in texts, text
    assert all(not path.startswith("/") for text in texts for path, _ in text.locations)


def test_no_text_stands_inside_of_an_f_string_where_it_is_not_found() -> None:
    found = []
    for path in (config.ROOT / "webapp").rglob("*.py"):
        strings = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.JoinedStr)]
        calls = [n for s in strings for n in ast.walk(s) if isinstance(n, ast.Call)]
        found += [f"{path}:{n.lineno}" for n in calls if ast.unparse(n.func) in TEXT_FUNCTIONS]
    assert found == []


def test_a_text_that_is_new_gets_into_the_file_and_a_translation_stays(
    app: Flask, folder: Path, texts: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "extract_texts", lambda: texts)  # it takes two seconds
    run = app.test_cli_runner().invoke
    assert run(commands, ["update", "de"]).exit_code == 0
    path = catalogues.find_catalogue_path("de")
    written = path.read_text()
    new = 'msgid "Skip to content"\nmsgstr ""'
    done = new.replace('msgstr ""', 'msgstr "Zum Inhalt"')
    assert written.count(new) == 1
    path.write_text(written.replace(new, done) + '\nmsgid "Of an old page"\nmsgstr "Alt"\n')
    assert "to translate" in run(commands, ["update"]).output
    assert path.read_text() == written.replace(new, done)
    assert catalogues.load_translations("de").gettext("Skip to content") == "Zum Inhalt"
    checked = run(commands, ["check"])
    assert checked.exit_code == 1
    problems = [line.rpartition("”")[2] for line in checked.output.splitlines()[:-1]]
    assert set(problems) == {" is not translated"}


def test_a_language_that_does_not_exist_gets_no_file(app: Flask, folder: Path) -> None:
    for language in ("xx", "..", "de/../fr", "deutsch"):
        result = app.test_cli_runner().invoke(commands, ["update", language])
        assert result.exit_code == 1
        assert "Nobody knows" in result.output
    assert list(folder.iterdir()) == []


def test_each_language_that_is_offered_has_all_texts(texts: Catalog) -> None:
    for language in set(config.Production.LANGUAGES) - {catalogues.SOURCE_LANGUAGE}:
        assert list(find_problems(texts, catalogues.read_catalogue(language))) == []

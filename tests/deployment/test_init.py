"""``./init.sh``: what it installs when, and what it says when it cannot. Nothing is downloaded."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import config

#: Stands for the environment's Python: writes down what it was asked, and fails where told to.
FAKE_PYTHON = """#!/bin/sh
case "$*" in -c*) exit 0 ;; esac
echo "$*" >> calls
case "$*" in *"$FAIL_ON"*) echo "what pip says"; exit 1 ;; esac
"""


class Checkout:
    """A folder with init.sh, whose .venv holds a Python that does nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".venv/bin").mkdir(parents=True)
        self.write_program(folder / ".venv/bin/python", FAKE_PYTHON)
        shutil.copy(config.ROOT / "init.sh", folder)
        for name in ("requirements", "requirements-local", "requirements-test"):
            (folder / f"{name}.txt").write_text("flask==3\n")

    @staticmethod
    def write_program(path: Path, text: str) -> Path:
        path.write_text(text)
        path.chmod(0o755)
        return path

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {"PATH": os.environ["PATH"], "FAIL_ON": "nothing like this", **environment}
        return subprocess.run(
            [self.folder / "init.sh", *words],
            env=variables,
            cwd="/",
            capture_output=True,
            text=True,
        )

    def calls(self) -> list[str]:
        """Return what Python was asked since the last time: files installed, then what it ran."""
        file = self.folder / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return [line.split()[-1] if "pip install" in line else line for line in lines]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    return Checkout(folder)


@pytest.mark.parametrize("word", ["help", "-h", "--help"])
def test_help_prints_the_usage(checkout: Checkout, word: str) -> None:
    result = checkout.run(word)
    assert result.returncode == 0
    assert "./init.sh test" in result.stdout
    assert checkout.calls() == []


@pytest.mark.parametrize("words", [["frobnicate"], ["serve", "more"]])
def test_an_unknown_word_gets_the_usage(checkout: Checkout, words: list[str]) -> None:
    result = checkout.run(*words)
    assert result.returncode == 2
    assert result.stderr.startswith("Usage: ./init.sh")
    assert checkout.calls() == []


def test_the_first_start_installs_and_the_second_only_serves(checkout: Checkout) -> None:
    assert checkout.run().returncode == 0
    assert checkout.calls() == ["requirements.txt", "requirements-local.txt", "manage.py serve"]
    checkout.run()
    assert checkout.calls() == ["manage.py serve"]


def test_only_changed_requirements_are_installed_again(checkout: Checkout) -> None:
    checkout.run()
    checkout.calls()
    (checkout.folder / "requirements.txt").write_text("flask==4\n")
    checkout.run()
    assert checkout.calls() == ["requirements.txt", "manage.py serve"]


def test_with_a_database_of_its_own_no_postgresql_is_installed(checkout: Checkout) -> None:
    checkout.run(DATABASE_URL="postgresql://db/movr")
    assert checkout.calls() == ["requirements.txt", "manage.py serve"]


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("DATABASE_URL=postgresql://db/movr", True),
        (' export DATABASE_URL = "postgresql://db/movr"', True),
        ("POSTGRES_BIN=/usr/lib/postgresql/18/bin", True),
        ("#DATABASE_URL=postgresql://db/movr", False),
        ("DATABASE_URL=", False),
        ("DATABASE_URL='' # none", False),
    ],
)
def test_the_file_env_may_name_the_database(checkout: Checkout, line: str, given: bool) -> None:
    (checkout.folder / ".env").write_text(f"PORT=8001\n{line}\n")
    checkout.run()
    assert ("requirements-local.txt" in checkout.calls()) is not given


def test_the_test_command_runs_pytest_with_its_arguments_and_its_own_database(
    checkout: Checkout,
) -> None:
    (checkout.folder / ".env").write_text("DATABASE_URL=postgresql://precious/movr\n")
    checkout.run("test", "-k", "two words")
    files = ["requirements.txt", "requirements-local.txt", "requirements-test.txt"]
    assert checkout.calls() == [*files, "-m pytest -k two words"]


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (["test", "--fast", "-x"], "-m pytest -m not slow -x"),
        (["check"], "-m pre_commit run --all-files"),
        (["flask", "cities", "list"], "-m flask cities list"),
    ],
)
def test_other_tasks_run_their_tool(checkout: Checkout, words: list[str], call: str) -> None:
    checkout.run(*words)
    assert checkout.calls()[-1] == call


@pytest.mark.parametrize(
    ("file", "words"),
    [("requirements.txt", "packages could not"), ("requirements-local.txt", "set DATABASE_URL")],
)
def test_a_failing_install_is_one_line_and_is_tried_again(
    checkout: Checkout, file: str, words: str
) -> None:
    result = checkout.run(FAIL_ON=f"-r {file}")
    assert result.returncode == 1
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "what pip says" in (checkout.folder / "instance/setup.log").read_text()
    checkout.calls()
    checkout.run()
    assert file in checkout.calls()


def test_a_python_that_is_too_old_is_reported(checkout: Checkout) -> None:
    shutil.rmtree(checkout.folder / ".venv")
    result = checkout.run(PYTHON="false")
    assert result.returncode == 1
    assert result.stderr.startswith("MovR needs Python 3.11 or newer")
    assert len(result.stderr.splitlines()) == 1


def test_a_python_without_venv_is_reported_in_one_line(checkout: Checkout) -> None:
    """Debian's python3 without python3-venv."""
    shutil.rmtree(checkout.folder / ".venv")
    python = checkout.write_program(checkout.folder / "python", FAKE_PYTHON)
    # The path must have no spaces to be one word of the list of candidates.
    link = Path("/tmp") / f"movr-test-python-{os.getpid()}"
    link.symlink_to(python)
    try:
        result = checkout.run(PYTHON=str(link), FAIL_ON="-m venv")
    finally:
        link.unlink()
    assert result.returncode == 1
    assert "python3-venv" in result.stderr
    assert len(result.stderr.splitlines()) == 1

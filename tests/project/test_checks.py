"""The tools that look for holes find none: in our packages, in what is versioned."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from wtforms.fields.core import UnboundField
from wtforms.validators import Length, Regexp

from tests.project.secret_scan import Finding, find_secrets
from webapp.forms import Form

ROOT = Path(__file__).parents[2]


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def tool(name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run(sys.executable, "-m", name, *arguments)


# --- packages ---------------------------------------------------------------------------------


#: What pip-audit says when it is its service that fails.
AWAY = ("requests.exceptions", "ServiceError", "Could not connect")


def holes(audit: dict[str, Any]) -> list[str]:
    """Return what pip-audit found, one line for each vulnerability."""
    return [
        f"{package['name']} {package['version']}: {hole['id']}, mended in {hole['fix_versions']}"
        for package in audit["dependencies"]
        for hole in package.get("vulns", ())
    ]


def test_no_package_of_production_has_a_known_vulnerability(tmp_path: Path) -> None:
    given = ["--requirement", "requirements.txt", "--require-hashes", "--disable-pip"]
    how = ["--format", "json", "--progress-spinner", "off", "--cache-dir", str(tmp_path)]
    result = tool("pip_audit", *given, *how)
    if not result.stdout:
        assert any(words in result.stderr for words in AWAY), result.stderr
        pytest.skip(f"pip-audit cannot reach its service: {result.stderr.strip()[-200:]}")
    audit = json.loads(result.stdout)
    assert holes(audit) == []
    unknown = [package for package in audit["dependencies"] if "skip_reason" in package]
    if unknown:
        reason = unknown[0]["skip_reason"]
        pytest.skip(f"pip-audit's service does not know {len(unknown)} packages: {reason}")


def test_a_vulnerability_is_told_even_if_other_packages_are_unknown() -> None:
    hole = {"id": "CVE-1", "fix_versions": ["2.0"]}
    known = {"name": "leaky", "version": "1.0", "vulns": [hole]}
    unknown = {"name": "ours", "skip_reason": "not found"}
    found = holes({"dependencies": [unknown, known]})
    assert found == ["leaky 1.0: CVE-1, mended in ['2.0']"]


# --- secrets ----------------------------------------------------------------------------------

#: What looks like a secret, and why it is none.
HARMLESS = {
    "only-for-tests": "the key of the test environment; production refuses it",
    "abcdefghjkmnpqrstuvwxyz23456789": "the letters of the demo's passwords",
    "POSTGRES_BIN=/usr/lib/postgresql/18/bin": "a path",
}
#: People and servers of tests and of examples are made up, and so are their passwords. Keys with
#: a form of their own, such as those of cloud services, count there too.
MADE_UP = ("tests/", "bench/", ".env.example")
MADE_UP_KINDS = {"Secret Keyword", "Basic Auth Credentials"}


def is_explained(finding: Finding) -> bool:
    if finding.value in HARMLESS:
        return True
    if finding.file.startswith(MADE_UP) and finding.secret_type in MADE_UP_KINDS:
        return True
    if finding.file == "docs/security.md":  # rows about passwords, with names of tests
        return finding.secret_type == "Secret Keyword"
    # Ruff has the same suspicion, and the reason for the exception stands there.
    return bool(re.search(r"noqa: S10[567]", finding.line)) or "//user:password@" in finding.line


def versioned_files() -> list[str]:
    """Return the files that git knows, or would take with the next ``git add``."""
    if not (shutil.which("git") and (ROOT / ".git").exists()):
        pytest.skip("This copy of MovR is not versioned: there is no git, or no .git folder.")
    every = ("ls-files", "--cached", "--others", "--exclude-standard")
    listed = run("git", "-c", f"safe.directory={ROOT}", *every)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_secret_is_versioned() -> None:
    findings = find_secrets(ROOT, versioned_files())
    assert findings, "not even the harmless ones are found"
    unexplained = [finding for finding in findings if not is_explained(finding)]
    assert unexplained == []


@pytest.mark.parametrize(
    "line",
    [
        'key = "AKIA' + 'IOSFODNN7ABCDEFG"',
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "https://ada:" + "byron@example.org/",
        "pass" + "word = 'lovelace'",
        "x = '" + "c3VwZXIgbG9uZyBzdHJpbmcgc2hvdWxkIGNhdXNlIGVub3VnaCBlbnRyb3B5'",
    ],
)
@pytest.mark.parametrize("file", ["module.py", "page.html"])
def test_a_secret_in_a_file_is_found(tmp_path: Path, file: str, line: str) -> None:
    (tmp_path / file).write_text(f"import os\n\n    {line}\n\nprint(os.name)\n")
    findings = find_secrets(tmp_path, [file])
    assert {(finding.file, finding.line_number) for finding in findings} == {(file, 3)}


# --- regular expressions ----------------------------------------------------------------------

#: Long, nearly right, and wrong at the end: what makes a bad expression try for ever.
EVIL = [
    f"{part * (100_000 // len(part))}!\n" for part in ("a", "0", "a0", "a.", "a-_", " ", "a@a.")
]
SEARCH = "import re, sys, json; p, f, t = json.load(sys.stdin); [re.match(p, x, f) for x in t]"


def checked_fields() -> Iterator[tuple[str, list[Any]]]:
    """Yield the name and the validators of each field of each form."""
    forms = [Form]
    for form in forms:
        forms += form.__subclasses__()
        for name in dir(form):
            field = getattr(form, name, None)
            if isinstance(field, UnboundField):
                yield (
                    f"{form.__name__}.{name}",
                    list(field.kwargs.get("validators", field.args[1:2])),
                )


def ends(pattern: str, flags: int, texts: list[str], guard_s: float) -> bool:
    """Tell whether the expression comes to an end on all texts, before the guard loses patience."""
    try:
        subprocess.run(
            [sys.executable, "-c", SEARCH],
            input=json.dumps([pattern, flags, texts]),
            text=True,
            check=True,
            timeout=guard_s,
        )
    except subprocess.TimeoutExpired:
        return False
    return True


def test_a_length_stands_before_every_regular_expression(app: Flask) -> None:
    seen = 0
    for field, validators in checked_fields():
        for position, validator in enumerate(validators):
            if isinstance(validator, Regexp):
                seen += 1
                before = [v for v in validators[:position] if isinstance(v, Length) and v.max > 0]
                assert before, field
    assert seen


def test_every_regular_expression_of_a_form_ends_on_evil_text(app: Flask) -> None:
    regexps = {
        v.regex for _, validators in checked_fields() for v in validators if isinstance(v, Regexp)
    }
    assert regexps
    for regexp in regexps:
        assert ends(regexp.pattern, regexp.flags, EVIL, guard_s=5), regexp.pattern


def test_the_guard_notices_an_expression_that_does_not_end() -> None:
    assert not ends("^([a-z]+)+$", 0, EVIL[:1], guard_s=1)

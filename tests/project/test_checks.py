"""Security checks: vulnerable packages, secrets in files, and slow regular expressions."""

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


def run_tool(name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run(sys.executable, "-m", name, *arguments)


# --- packages ---------------------------------------------------------------------------------


#: In the output of pip-audit when it cannot reach its service.
NETWORK_ERRORS = ("requests.exceptions", "ServiceError", "Could not connect")


def describe_vulnerabilities(audit: dict[str, Any]) -> list[str]:
    """Return one line for each vulnerability that pip-audit has found."""
    return [
        f"{package['name']} {package['version']}: {vulnerability['id']},"
        f" fixed in {vulnerability['fix_versions']}"
        for package in audit["dependencies"]
        for vulnerability in package.get("vulns", ())
    ]


def test_no_package_of_production_has_a_known_vulnerability(tmp_path: Path) -> None:
    source = ["--requirement", "requirements.txt", "--require-hashes", "--disable-pip"]
    output = ["--format", "json", "--progress-spinner", "off", "--cache-dir", str(tmp_path)]
    result = run_tool("pip_audit", *source, *output)
    if not result.stdout:
        assert any(words in result.stderr for words in NETWORK_ERRORS), result.stderr
        pytest.skip(f"pip-audit cannot reach its service: {result.stderr.strip()[-200:]}")
    audit = json.loads(result.stdout)
    assert describe_vulnerabilities(audit) == []
    unknown = [package for package in audit["dependencies"] if "skip_reason" in package]
    if unknown:
        reason = unknown[0]["skip_reason"]
        pytest.skip(f"pip-audit's service does not know {len(unknown)} packages: {reason}")


def test_a_vulnerability_is_listed_even_if_other_packages_are_unknown() -> None:
    vulnerability = {"id": "CVE-1", "fix_versions": ["2.0"]}
    vulnerable = {"name": "leaky", "version": "1.0", "vulns": [vulnerability]}
    unknown = {"name": "ours", "skip_reason": "not found"}
    lines = describe_vulnerabilities({"dependencies": [unknown, vulnerable]})
    assert lines == ["leaky 1.0: CVE-1, fixed in ['2.0']"]


# --- secrets ----------------------------------------------------------------------------------

#: What looks like a secret, and why it is none.
SAFE_ERROR_TYPES = {
    "only-for-tests": "the key of the test environment; production refuses it",
    "abcdefghjkmnpqrstuvwxyz23456789": "the letters of the demo's passwords",
    "POSTGRES_BIN=/usr/lib/postgresql/18/bin": "a path",
}
#: People and servers of tests and of examples are made up, and so are their passwords. Keys with
#: a form of their own, such as those of cloud services, count there too.
EXAMPLE_PATHS = ("tests/", "bench/", ".env.example")
EXAMPLE_SECRET_TYPES = {"Secret Keyword", "Basic Auth Credentials"}
#: Statements are compiled with the digests of made-up secrets.
GOLDEN_FILES = "tests/golden/"
#: It has the keys of the example of RFC 8291.
EXAMPLE_OF_STANDARD = "tests/riders/test_push.py"


def is_explained(finding: Finding) -> bool:
    if finding.value in SAFE_ERROR_TYPES:
        return True
    if finding.file.startswith(EXAMPLE_PATHS) and finding.secret_type in EXAMPLE_SECRET_TYPES:
        return True
    if finding.file.startswith(GOLDEN_FILES) and finding.secret_type == "Hex High Entropy String":
        return True
    if finding.file == EXAMPLE_OF_STANDARD:
        return finding.secret_type == "Base64 High Entropy String"
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

#: Long texts that almost match and end wrong, which cause catastrophic backtracking.
BACKTRACKING_TEXTS = [
    f"{part * (100_000 // len(part))}!\n" for part in ("a", "0", "a0", "a.", "a-_", " ", "a@a.")
]
SEARCH = "import re, sys, json; p, f, t = json.load(sys.stdin); [re.match(p, x, f) for x in t]"


def fields_with_validators() -> Iterator[tuple[str, list[Any]]]:
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


def terminates(pattern: str, flags: int, texts: list[str], timeout_s: float) -> bool:
    """Tell whether matching the expression with all texts takes less than the time-out."""
    try:
        subprocess.run(
            [sys.executable, "-c", SEARCH],
            input=json.dumps([pattern, flags, texts]),
            text=True,
            check=True,
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired:
        return False
    return True


def test_every_regular_expression_is_preceded_by_a_length_limit(app: Flask) -> None:
    count = 0
    for field, validators in fields_with_validators():
        for position, validator in enumerate(validators):
            if isinstance(validator, Regexp):
                count += 1
                before = [v for v in validators[:position] if isinstance(v, Length) and v.max > 0]
                assert before, field
    assert count


def test_every_regular_expression_of_a_form_terminates(app: Flask) -> None:
    regexps = {
        v.regex
        for _, validators in fields_with_validators()
        for v in validators
        if isinstance(v, Regexp)
    }
    assert regexps
    for regexp in regexps:
        assert terminates(regexp.pattern, regexp.flags, BACKTRACKING_TEXTS, timeout_s=5), (
            regexp.pattern
        )


def test_catastrophic_backtracking_is_detected() -> None:
    assert not terminates("^([a-z]+)+$", 0, BACKTRACKING_TEXTS[:1], timeout_s=1)

"""No service sends what CockroachDB refuses, or orders in another way than PostgreSQL."""

import re

import pytest

from tests.migrations.golden import FOLDER

#: What PostgreSQL knows and CockroachDB does not, or what a test may ask PostgreSQL only.
REFUSED = {
    "make_interval": r"\bmake_interval\b",
    "VACUUM": r"\bVACUUM\b",
    "EXPLAIN as JSON": r"\bFORMAT JSON\b",
    "LISTEN and NOTIFY": r"^(LISTEN|NOTIFY|UNLISTEN)\b|\bpg_notify\b",
    "advisory locks": r"\bpg_(try_)?advisory_",
    "LOCK TABLE": r"\bLOCK TABLE\b",
    "a hash index of PostgreSQL": r"\bUSING hash \(",
    "a decimal that divides a float": r"\bAS NUMERIC\b",
}


def find_refused(sql: str) -> list[str]:
    return [name for name, pattern in REFUSED.items() if re.search(pattern, sql, flags=re.I | re.M)]


@pytest.mark.parametrize("name", sorted(f.name for f in FOLDER.glob("*.cockroachdb.sql")))
def test_no_golden_statement_is_refused_by_cockroachdb(name: str) -> None:
    sql = (FOLDER / name).read_text()
    assert len(sql) > 100
    assert find_refused(sql) == []


def test_a_refused_statement_would_be_noticed() -> None:
    assert find_refused("SELECT now() - make_interval(secs=>60.0)") == ["make_interval"]
    assert find_refused("SELECT 1;\nNOTIFY jobs") == ["LISTEN and NOTIFY"]
    assert find_refused("SELECT now() - '0 days 60.000000 seconds'::interval") == []

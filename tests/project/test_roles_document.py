"""The table of permissions in docs/security.md is the one of the code."""

import os

from tests.performance.document import read_section, write_section
from webapp.auth.permission_labels import PERMISSION_AREAS
from webapp.web.roles import IN_ALL_CITIES, Permission, list_roles_with


def test_the_table_of_the_document_is_the_rule_that_decides() -> None:
    """MOVR_WRITE_GOLDEN=1 writes it."""
    lines = ["| permission | what it allows | roles |", "|---|---|---|"]
    for area in PERMISSION_AREAS:
        lines.append(f"| **{area.label}** | | |")
        for permission, label in area.permissions.items():
            where = "; only with a role for all cities" if permission in IN_ALL_CITIES else ""
            roles = ", ".join(list_roles_with(permission))
            lines.append(f"| `{permission}` | {label}{where} | {roles} |")
    expected = "".join(f"{line}\n" for line in lines)
    if os.environ.get("MOVR_WRITE_GOLDEN"):
        write_section("permissions", expected)
    assert read_section("permissions") == expected


def test_each_permission_has_words_in_one_area() -> None:
    described = [permission for area in PERMISSION_AREAS for permission in area.permissions]
    assert sorted(described) == sorted(Permission)

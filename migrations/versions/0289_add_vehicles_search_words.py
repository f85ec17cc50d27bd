"""Add vehicles.search_words: the words of a vehicle without regard to case and accents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0289"
down_revision = "0288"
oldest_compatible = "0086"
accepted_risks = {
    "adding-field-with-default": "The database computes it, so the release before writes it, too, and"
    " no command has to fill rows. PostgreSQL rewrites the table under a lock, CockroachDB beside the"
    " writes: docs/migrations.md."
}

LETTERS = (
    "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘ"
    "ęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵ"
    "ŶŷŸŹźŻżŽžȘșȚțØøĐđÐðŁłĦħŦŧıÆŒẞ"
    ",.;-–—''’/()\""
    "\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0327"
)
BASES = (
    "aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyyaaaaaaccccccccddeeeeeee"
    "eeegggggggghhiiiiiiiiijjkkllllllnnnnnnoooooorrrrrrssssssssttttuuuuuuuuuuuuww"
    "yyyzzzzzzssttooddddllhhttiæœß"
    "            "
)


def fold(text: str) -> str:
    """Return the SQL for a text in lower case and without accents."""
    letters = f"translate(lower({text}), '{LETTERS}', '{BASES}')"
    return f"replace(replace(replace({letters}, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe')"


def upgrade() -> None:
    # The words of the address stand there twice, once after a comma: visitors search by these alone.
    words = fold("brand || ' ' || color || ' ' || coalesce(address, '')")
    address = fold("coalesce(address, '')")
    op.add_column(
        "vehicles",
        sa.Column(
            "search_words",
            postgresql.ARRAY(sa.String()),
            sa.Computed(
                f"string_to_array({words} || replace(' ' || {address}, ' ', ' ,'), ' ')",
                persisted=True,
            ),
            nullable=False,
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("vehicles", "search_words", if_exists=True)

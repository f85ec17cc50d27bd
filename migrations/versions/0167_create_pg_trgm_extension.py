"""Create the extension pg_trgm, for the trigram indexes of the search of staff.

On PostgreSQL it is a trusted extension: whoever may create objects in the database may create it.
CockroachDB has trigrams built in, and takes the statement without doing anything.
"""

from alembic import op

revision = "0167"
down_revision = "0166"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")


def downgrade() -> None:
    """It stays: others may use it, and CockroachDB cannot drop one."""

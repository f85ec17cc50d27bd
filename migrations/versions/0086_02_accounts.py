"""Accounts: users, their roles, profiles, and the ways to prove who they are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0086_02"
down_revision = "0086_01"

TIMESTAMP = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("username", sa.String(30), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("first_name", sa.String(60), nullable=False),
        sa.Column("last_name", sa.String(60), nullable=False),
        sa.Column("password_hash", sa.String(60), nullable=False),
        sa.Column("created_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column("email_confirmed_at", TIMESTAMP),
        sa.Column("disabled_at", TIMESTAMP),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_users")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_users_cities_city")),
        # Login by user name or address, without a region; no account may have the same one
        # anywhere in the world.
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        # The list of a city's riders, newest first.
        sa.Index("ix_users_city", "region", "city", "created_at", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "grants",
        sa.Column("region", Region, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("cities", postgresql.ARRAY(sa.String(64))),
        sa.PrimaryKeyConstraint("region", "user_id", "role", name=op.f("pk_grants")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_grants_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("role IN ('owner', 'fleet', 'admin')", name=op.f("ck_grants_role")),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "profiles",
        sa.Column("region", Region, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("region", "user_id", name=op.f("pk_profiles")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_profiles_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "email_links",
        sa.Column("region", Region, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("created_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column("expires_at", TIMESTAMP, nullable=False),
        sa.Column("used_at", TIMESTAMP),
        sa.PrimaryKeyConstraint("region", "digest", name=op.f("pk_email_links")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_email_links_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "purpose IN ('confirm', 'reset', 'change_old', 'change_new')",
            name=op.f("ck_email_links_purpose"),
        ),
        # The links of an account: a new link or password makes the older ones invalid, and a
        # change of address looks for the link that was sent to the other address.
        sa.Index("ix_email_links_user", "region", "user_id"),
        # `flask sweep` deletes what expired long ago.
        sa.Index("ix_email_links_expiry", "region", "expires_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "second_factors",
        sa.Column("region", Region, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.String(255), nullable=False),
        sa.Column("confirmed_at", TIMESTAMP),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("region", "user_id", name=op.f("pk_second_factors")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_second_factors_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "recovery_codes",
        sa.Column("region", Region, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("region", "user_id", "digest", name=op.f("pk_recovery_codes")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_recovery_codes_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "identities",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("created_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_identities")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_identities_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        # Login through OpenID Connect, without a region; an identity opens one account in the
        # world.
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer")),
        # The identities of an account, on its security page.
        sa.Index("ix_identities_user", "region", "user_id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("identities", if_exists=True)
    op.drop_table("recovery_codes", if_exists=True)
    op.drop_table("second_factors", if_exists=True)
    op.drop_table("email_links", if_exists=True)
    op.drop_table("profiles", if_exists=True)
    op.drop_table("grants", if_exists=True)
    op.drop_table("users", if_exists=True)

"""The schema of a PostgreSQL database as text: one line for each row of its catalogue.

Two databases with the same text have the same tables, columns (in the same order), constraints,
indexes and comments. Alembic's own table and the migration lock are left out.
"""

from sqlalchemy import Connection, text

RELATIONS = """(
    SELECT oid, relname AS name, relkind FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
        AND relname NOT IN ('alembic_version', 'migration_lock')
) AS relation"""
#: Each row: a table, a kind, a name in the table, and everything that the catalogue says about it.
ROWS = text(f"""
    SELECT relation.name, 'relation', '', concat_ws(' ',
        relkind::text, 'COMMENT ' || obj_description(relation.oid, 'pg_class'))
    FROM {RELATIONS}
    UNION ALL
    SELECT relation.name, 'column', to_char(attnum, 'FM00 ') || attname, concat_ws(' ',
        format_type(atttypid, atttypmod),
        CASE WHEN attnotnull THEN 'NOT NULL' END,
        CASE attgenerated WHEN 's' THEN 'GENERATED STORED ' ELSE 'DEFAULT ' END
            || pg_get_expr(adbin, adrelid),
        'COMMENT ' || col_description(relation.oid, attnum))
    FROM {RELATIONS}
    JOIN pg_attribute ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = relation.oid AND adnum = attnum
    UNION ALL
    -- NOT NULL stands with the columns: before PostgreSQL 18 it is no constraint.
    SELECT relation.name, 'constraint', conname, concat_ws(' ',
        pg_get_constraintdef(constraints.oid),
        'COMMENT ' || obj_description(constraints.oid, 'pg_constraint'))
    FROM {RELATIONS}
    JOIN pg_constraint AS constraints ON conrelid = relation.oid AND contype <> 'n'
    UNION ALL
    SELECT relation.name, 'index', indexes.relname, concat_ws(' ',
        pg_get_indexdef(indexes.oid), 'COMMENT ' || obj_description(indexes.oid, 'pg_class'))
    FROM {RELATIONS}
    JOIN pg_index ON indrelid = relation.oid
    JOIN pg_class AS indexes ON indexes.oid = indexrelid
""")


def catalogue(connection: Connection) -> str:
    """Return the rows of the catalogue, sorted, each on a line."""
    rows = sorted(tuple(row) for row in connection.execute(ROWS))
    return "".join(" ".join(filter(None, row)) + "\n" for row in rows)

"""Running MovR: serving, the local PostgreSQL, data retention, demo data."""

"""The settings that a production cannot start without."""

PRODUCTION_SETTINGS = {
    "SECRET_KEY": "x" * 32,
    "DATABASE_URL": "postgresql+psycopg2://movr@db/movr?sslmode=verify-full",
    "PUBLIC_URL": "https://movr.example",
    "MAIL_URL": "smtp://localhost",
    "MAIL_FROM": "MovR <hello@movr.test>",
}

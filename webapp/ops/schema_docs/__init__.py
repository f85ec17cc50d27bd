"""The reference of the database schema: docs/schema.md and its drawing, written from the models."""

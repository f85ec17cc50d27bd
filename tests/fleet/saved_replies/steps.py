"""Steps of tests of saved replies."""

from uuid import UUID

from flask import Flask
from sqlalchemy import insert

from webapp.db.transactions import execute_write
from webapp.fleet.saved_replies.models import SavedReply


def insert_saved_reply(app: Flask, city_name: str) -> UUID:
    """Insert a reply for reports of a city, and return its id."""
    values = {"queue": "reports", "language": "en", "title": "Thanks", "text": "Hi {first_name}"}
    statement = insert(SavedReply).values(city=city_name, **values).returning(SavedReply.id)
    with app.app_context():
        reply_id: UUID = execute_write(statement)[0].id
    return reply_id

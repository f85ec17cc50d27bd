"""What the controllers of this module hang their pages on."""

from flask import Blueprint

bp = Blueprint("fleet", __name__)

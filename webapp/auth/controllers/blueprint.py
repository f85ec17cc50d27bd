"""The blueprint that all pages of accounts share."""

from flask import Blueprint

bp = Blueprint("auth", __name__, cli_group=None)

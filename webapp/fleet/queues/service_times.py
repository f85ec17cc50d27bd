"""How fast staff act and answer."""

from datetime import timedelta

from flask import current_app


def first_action_target() -> timedelta:
    """Return within how long staff do something about what was filed."""
    return timedelta(seconds=current_app.config["SERVICE_TARGETS_S"][0])


def answer_target() -> timedelta:
    """Return within how long staff answer."""
    return timedelta(seconds=current_app.config["SERVICE_TARGETS_S"][1])

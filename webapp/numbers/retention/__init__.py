"""Retention: how many riders who began in a month ride in the months after it."""

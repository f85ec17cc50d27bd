"""Reminders that riders set on a running ride: a mail at a time, or when the price reaches an
amount."""

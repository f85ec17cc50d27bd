"""Notifications: one table that the page, mails and push messages share, and what each person has
chosen to get."""

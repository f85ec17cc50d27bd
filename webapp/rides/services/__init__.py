"""Rules of a ride: start, pause, end, rating, path; and reminders for long rides."""

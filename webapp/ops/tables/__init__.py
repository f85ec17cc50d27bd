"""Pages of all tables of the database for admins: they show rows, and change nothing."""

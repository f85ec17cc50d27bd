"""The pages of texts: for everybody, and for admins."""

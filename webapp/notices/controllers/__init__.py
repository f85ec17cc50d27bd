"""The pages of notices: for everybody, and for staff."""

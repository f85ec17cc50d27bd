"""The pages of reports, for riders and for staff."""

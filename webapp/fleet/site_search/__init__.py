"""The search of everybody: help, notices, terms and places."""

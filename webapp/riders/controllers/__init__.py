"""Pages of riders."""

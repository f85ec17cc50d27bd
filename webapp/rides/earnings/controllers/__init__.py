"""Pages of what owners earn: their own, and those of staff."""

"""Reading tasks: each page is one statement."""

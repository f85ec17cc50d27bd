"""The work on translations: finds the texts in the code, and what is missing in the files."""

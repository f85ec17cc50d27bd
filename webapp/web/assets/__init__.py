"""Static files: built from their sources when these change, and served under names with a hash.

``url_for("static", filename="css/movr.css")`` returns the address of the built file. Its name
changes with its content, so browsers keep it for a year. docs/decisions/0009 has the reasons.
"""

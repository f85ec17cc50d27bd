"""The mailbox of a development server: mail that is written to a folder can be read on a page.

webapp/ops/__init__.py loads it by the setting MAILBOX_MODULE, which only Development has: everyone
who reaches the server can read all mail.
"""

from webapp.ops.mailbox.controllers import bp

__all__ = ["bp"]

"""The status page of admins: what works, what does not, and what to do."""

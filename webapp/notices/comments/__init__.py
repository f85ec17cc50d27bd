"""Comments of riders on notices, and their moderation."""

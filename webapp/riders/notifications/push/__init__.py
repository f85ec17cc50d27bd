"""Push messages: notifications that a browser shows, also when no page is open."""

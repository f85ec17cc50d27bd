"""The shape of what people type to get in, and to look after their account."""

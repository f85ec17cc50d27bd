"""Weekly digests: what is in them, and sending them to the accounts that want them."""

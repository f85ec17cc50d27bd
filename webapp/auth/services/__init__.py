"""The rules of accounts: registration, login, sessions, second factor, identities, roles."""

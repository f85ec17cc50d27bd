"""Forms of accounts: they check the shape of what people enter."""

"""The wallet: what riders have paid in and used, as books that balance."""

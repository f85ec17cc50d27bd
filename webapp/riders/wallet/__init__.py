"""The wallet: what riders pay in and use, in a ledger with double entry."""

"""The rules of revenue shares, payouts and the ledger of owners."""

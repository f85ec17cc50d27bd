"""What is read from the ledger of owners and its sums."""

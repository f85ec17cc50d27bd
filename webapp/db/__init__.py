"""The database: engines, transactions, types, keys, paging."""

"""Data exports of large accounts: an archive that a worker writes, for its owner to download."""

"""The pages of accounts, a blueprint for each feature."""

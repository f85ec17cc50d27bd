"""Rules about riders."""

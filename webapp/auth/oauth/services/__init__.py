"""Rules of Sign in with MovR."""

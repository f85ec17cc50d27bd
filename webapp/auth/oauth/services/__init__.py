"""Rules of sign-in for programs."""

"""Pages and addresses of sign-in for programs."""

"""Pages and addresses of Sign in with MovR."""

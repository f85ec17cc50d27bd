"""What all HTTP requests share: access, security headers, limits, responses, health."""

"""Which terms people have agreed to, and which they must agree to before they ride."""

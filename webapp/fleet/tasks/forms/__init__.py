"""Forms of tasks, by who sends them."""

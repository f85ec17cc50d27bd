"""The pages of tasks: for those who do them, and for planners."""

"""The codes on vehicles, and label sheets to print them."""

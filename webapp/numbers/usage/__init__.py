"""Usage: how many pages people open and how many steps they take, without watching them."""

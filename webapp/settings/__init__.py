"""Reading the settings of config.py from the environment and from ``.env``."""

"""The settings and the environment variables that set them."""

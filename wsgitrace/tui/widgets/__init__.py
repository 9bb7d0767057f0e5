"""The widgets, one each file."""

"""The screens and the windows above them, one each file."""

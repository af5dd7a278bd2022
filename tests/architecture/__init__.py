"""The rules of the house, each with the reason in its message and a bad example that proves it can fail."""

"""Signing in, out and staying safe."""

"""Reads of the forums. Every one starts from what the viewer may see."""

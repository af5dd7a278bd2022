"""The pages of opportunities: the catalogue, one opportunity, the editor, a host's list."""

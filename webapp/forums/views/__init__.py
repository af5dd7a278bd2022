"""Pages of the forums: reading, writing, moderating, managing categories."""

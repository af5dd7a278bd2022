"""Dialogues: categories in spaces, threads, posts, drafts, reading marks, moderation. May import core."""

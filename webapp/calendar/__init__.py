"""The calendar's pages, forms, feeds, commands and demo content. May import everything but other domains."""

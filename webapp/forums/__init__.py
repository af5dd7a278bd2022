"""The forums' pages, forms, commands and demo content. May import everything but other domains."""

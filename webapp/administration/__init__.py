"""Administration in the browser: organisations, people, spaces, the audit trail. May import everything but domains."""

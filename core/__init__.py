"""Shared kernel: settings, database, people, access, outbox, audit, files, markup. Knows no domain and no HTTP."""

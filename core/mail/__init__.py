"""Mail to people: how each wants to be told, a durable queue in the database, and the way out by SMTP.

A mail in the queue has no text: what it says is rendered at the moment it is sent, with the rights its reader has then.
"""

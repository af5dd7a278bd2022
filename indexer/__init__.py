"""Write side of the index: passages, embeddings, outbox drain, rebuild, verification. May import core and search."""

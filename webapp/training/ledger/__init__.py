"""The pages of the fair share: the ledger, and the seats of one opportunity."""

"""Fair share of seats: what each organisation is entitled to, what it had, and who gets the seats of a course (METHODS 3)."""

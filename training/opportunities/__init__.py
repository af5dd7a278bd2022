"""Opportunities: courses, workshops, exchanges and scholarships that officers can be nominated to."""

"""The seminar calendar: events and series, registration with a wait-list, attendance, iCalendar. May import core."""

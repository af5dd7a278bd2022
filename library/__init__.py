"""Best-practice records: types, structured fields, attachments, publishing. May import core."""

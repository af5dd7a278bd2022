"""What readers read: languages, phrases, dates, labels of stored values, and what templates may call for them."""

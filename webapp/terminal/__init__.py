"""What commands share, those of the parts too: the running system, acting as a person, logging, progress bars."""

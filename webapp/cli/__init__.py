"""The command line. `program` puts it together; a part's own commands lie with the part."""

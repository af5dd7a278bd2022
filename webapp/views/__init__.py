"""One module for each part of the site; each has one `blueprint`. Views parse, call one service, respond."""

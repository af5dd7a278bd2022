"""One parser per type of file. They run in the child process only, and nothing else imports them."""

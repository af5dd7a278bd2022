"""Notices and mails as people meet them: the bell, their choices, what a mail says, and the job that sends."""

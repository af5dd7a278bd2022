"""What Prometheus reads: the page in its exposition format, and the state of the running parts, looked at when it is asked for.

`webapp.metrics` counts and lies below the runtime; this lies above it.
"""

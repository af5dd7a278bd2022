"""Administration: organisations, people and spaces as use cases. Each takes a viewer, asks `policy` and is audited."""

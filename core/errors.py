"""Domain errors. Each message is fit for the person it is shown to; webapp maps the classes to HTTP in one table."""

from collections.abc import Mapping


class DomainError(Exception):
    """Base of everything a use case may refuse with."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """It is not there, or this viewer may not see it: the two are never told apart."""

    def __init__(self, message: str = "There is nothing here that you can see.") -> None:
        super().__init__(message)


class Forbidden(DomainError):
    """The viewer sees the object but may not do this with it."""

    def __init__(self, message: str = "You may not do this.") -> None:
        super().__init__(message)


class Conflict(DomainError):
    """Somebody or something else got there first; nothing was changed."""


class Invalid(DomainError):
    """The input does not hold. `fields` maps a field's name to what is wrong with it."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class Unavailable(DomainError):
    """A part the request needs is down; what was asked may be tried again later."""


def require(allowed: bool, message: str = "You may not do this.") -> None:
    """Raise `Forbidden` unless a policy said yes."""
    if not allowed:
        raise Forbidden(message)

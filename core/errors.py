"""Domain errors. Each message is fit for the person it is shown to; webapp maps the classes to HTTP in one table.

A message is English with `%(name)s` placeholders; whoever shows it in another language looks up its `id` and fills in `params`.
"""

from collections.abc import Mapping


class Message(str):
    """A sentence for people. As text it is the English sentence; `id` and `params` are what a translation is made from.

    A parameter may be a message itself and is then translated too.
    """

    __slots__ = ("id", "params")

    id: str
    params: Mapping[str, object]

    def __new__(cls, message_id: str, /, **params: object) -> "Message":
        """`message_id` is the English sentence with `%(name)s` where each of `params` belongs."""
        if isinstance(message_id, Message) and not params:
            return message_id
        text = super().__new__(cls, message_id % params if params else message_id)
        text.id = str(message_id)
        text.params = params
        return text

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the parts when an error crosses to another process."""
        return _message, (self.id, dict(self.params))


def _message(message_id: str, params: dict[str, object]) -> Message:
    return Message(message_id, **params)


class InvalidValue(ValueError):
    """What a validator of a draft refuses a value with; forms show its message beside the field."""

    def __init__(self, message: str, /, **params: object) -> None:
        self.message = Message(message, **params)
        super().__init__(self.message)


class DomainError(Exception):
    """Base of everything a use case may refuse with. `params` fill the placeholders of the message."""

    def __init__(self, message: str, /, **params: object) -> None:
        self.message = Message(message, **params)
        super().__init__(self.message)

    @property
    def message_id(self) -> str:
        """The English sentence with its placeholders."""
        return self.message.id

    @property
    def params(self) -> Mapping[str, object]:
        """What stands for the placeholders."""
        return self.message.params


class NotFound(DomainError):
    """It is not there, or this viewer may not see it: the two are never told apart."""

    def __init__(self, message: str = "There is nothing here that you can see.", /, **params: object) -> None:
        super().__init__(message, **params)


class Forbidden(DomainError):
    """The viewer sees the object but may not do this with it."""

    def __init__(self, message: str = "You may not do this.", /, **params: object) -> None:
        super().__init__(message, **params)


class Conflict(DomainError):
    """Somebody or something else got there first; nothing was changed."""


class Invalid(DomainError):
    """The input does not hold. `fields` maps a field's name to what is wrong with it, a `Message` each."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None, /, **params: object) -> None:
        super().__init__(message, **params)
        self.fields: dict[str, str] = {name: Message(text) for name, text in (fields or {}).items()}


class Unavailable(DomainError):
    """A part the request needs is down; what was asked may be tried again later."""


def require(allowed: bool, message: str = "You may not do this.", /, **params: object) -> None:
    """Raise `Forbidden` unless a policy said yes."""
    if not allowed:
        raise Forbidden(message, **params)

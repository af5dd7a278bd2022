"""What files of an index that cannot be read make the libraries say, turned into one error with the way out."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import Unavailable
from search.engines.common import REMEDY

UNREADABLE = (OSError, ValueError, struct.error)


def is_damage(error: BaseException) -> bool:
    """True for what unreadable files cause; false for our own mistakes, and for a stop."""
    # tantivy panics at damage that its checks did not foresee. The class is no `Exception`, and cannot be imported.
    return isinstance(error, UNREADABLE) or type(error).__name__ == "PanicException"


def unreadable(name: str, error: BaseException) -> Unavailable:
    """What to raise for it."""
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return Unavailable(
        "Index generation %(name)s cannot be read (%(reason)s). %(remedy)s", name=name, reason=reason, remedy=REMEDY
    )


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Raise `Unavailable` for what tantivy and the file system say of an unreadable index."""
    try:
        yield
    except BaseException as error:
        if not is_damage(error):
            raise
        raise unreadable(name, error) from error

"""What the loaders of the demo share: the people and bodies of its one story, and what was made so far."""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.access import Marking, Viewer, viewer_of
from core.content import ContentRef
from core.files import FileStore
from core.people import User
from core.uow import UnitOfWork


@dataclass(slots=True)
class DemoStage:
    """Handed from part to part in one unit of work: either the whole demo is loaded or nothing of it."""

    work: UnitOfWork
    files: FileStore
    make_document: Callable[[str, str, str], bytes]
    """The bytes of a PDF, DOCX, ... by file name, title and text."""
    progress: Callable[[], None]
    """To be called once for each object that was made."""
    organisations: dict[str, int] = field(default_factory=dict)
    """Key to id."""
    people: dict[str, int] = field(default_factory=dict)
    """E-mail address to id."""
    spaces: dict[str, int] = field(default_factory=dict)
    """Key to id."""
    objects: dict[str, ContentRef] = field(default_factory=dict)
    """What parts made, by names such as `record:22`, so that later parts can refer to it."""
    markings: dict[ContentRef, Marking] = field(default_factory=dict)
    """Markings of those that others may discuss."""
    counts: dict[str, int] = field(default_factory=dict)
    """What was made, for the report, by a plural noun."""

    def count(self, noun: str, number: int = 1) -> None:
        """Add to the report."""
        self.counts[noun] = self.counts.get(noun, 0) + number

    def viewer(self, email: str) -> Viewer:
        """A person of the story as the access rule sees him."""
        user = self.work.session.get(User, self.people[email])
        assert user is not None
        return viewer_of(self.work.session, user)

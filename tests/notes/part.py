"""How notes are registered: models, source, one page, one notice, one job."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _
from sqlmodel import Session, col, select

from core import outbox
from core.access import Marked, Tokens, Viewer, load_tokens, visible_clause
from core.attachments import NOT_HERE, list_files, sections_of
from core.content import Card, Section, SourceDocument
from core.errors import NotFound, require
from core.marking import mark
from core.people import get_organisation, get_user
from core.uow import UnitOfWork
from tests.notes import models
from tests.notes.models import KIND, Note
from webapp.part import Address, NavigationItem, Part, PeriodicJob, Services
from webapp.runtime import current_runtime
from webapp.session import viewer

blueprint = Blueprint("notes", __name__, template_folder="templates")


def write_note(work: UnitOfWork, owner: Viewer, text: str, marked: Marked) -> Note:
    note = Note(
        text=text,
        owner_id=owner.user_id,
        organisation_id=owner.organisation_id,
        marking=marked.marking.value,
        written_at=work.now,
    )
    work.session.add(note)
    work.session.flush()
    mark(work.session, note.ref, marked)
    work.mark_dirty(note.ref, "written")
    work.notify(owner.user_id, "note.written", note.ref, {})
    return note


@blueprint.get("/notes/<int:note_id>")
def show(note_id: int) -> str:
    with current_runtime().reading() as session:
        if note_id not in find_titles(session, viewer(), [note_id]):
            raise NotFound
        note = session.get(Note, note_id)
        is_mine = note is not None and note.owner_id == viewer().user_id
        return render_template("notes/show.html", note=note, files=list_files(session, KIND, note_id), is_mine=is_mine)


@blueprint.get("/notes")
def index() -> str:
    return render_template("notes/show.html", note=None)


def find_titles(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    rows = select(Note).where(col(Note.id).in_(ids), visible_clause(viewer, KIND, Note.id))
    return {row.ref.id: row.text[:40] for row in session.exec(rows)}


class NoteHost:
    kind = KIND

    def require_readable(self, session: Session, viewer: Viewer, object_id: int) -> None:
        if object_id not in find_titles(session, viewer, [object_id]):
            raise NotFound(NOT_HERE)

    def require_editable(self, session: Session, viewer: Viewer, object_id: int) -> None:
        self.require_readable(session, viewer, object_id)
        require(session.get_one(Note, object_id).owner_id == viewer.user_id)

    def changed(self, work: UnitOfWork, object_id: int) -> None:
        note = work.session.get_one(Note, object_id)
        note.revision += 1
        work.mark_dirty(note.ref, "attachment")


class NoteSource:
    kind = KIND

    def unsettled(self, session: Session, viewer: Viewer) -> frozenset[int]:
        changed = set(session.exec(outbox.marked(KIND)))
        return frozenset(changed.difference(find_titles(session, viewer, sorted(changed))))

    def ids(self, session: Session) -> Iterator[int]:
        yield from (one for one in session.exec(select(Note.id).order_by(col(Note.id))) if one is not None)

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, SourceDocument]:
        tokens = load_tokens(session, KIND, ids)
        attached = sections_of(session, KIND, ids)
        rows = session.exec(select(Note).where(col(Note.id).in_(ids)))
        return {row.ref.id: _document(session, row, tokens[row.ref.id], attached.get(row.ref.id, ())) for row in rows}

    def cards(self, session: Session, viewer: Viewer, ids: Iterable[int]) -> Mapping[int, Card]:
        rows = select(Note).where(col(Note.id).in_(list(ids)), visible_clause(viewer, KIND, Note.id))
        return {row.ref.id: _card(session, row) for row in session.exec(rows)}


def _document(session: Session, note: Note, tokens: Tokens, attached: Sequence[Section]) -> SourceDocument:
    return SourceDocument(
        ref=note.ref,
        revision=note.revision,
        title=note.text[:40],
        summary="",
        tags=(),
        sections=(Section(note.text), *attached),
        language="en",
        facets={"kind": (KIND,), "organisation": (get_organisation(session, note.organisation_id).key,)},
        created=note.written_at,
        changed=note.written_at,
        audience=tokens.audience,
        space=tokens.space,
    )


def _card(session: Session, note: Note) -> Card:
    return Card(
        ref=note.ref,
        title=note.text[:40],
        summary="",
        kind_label="Note",
        organisation=get_organisation(session, note.organisation_id).name,
        marking=note.marking,
        language="en",
        changed=note.written_at,
        revision=note.revision,
        badges={"owner": get_user(session, note.owner_id).name},
    )


def _tidy(services: Services) -> None:
    with services.work() as work:
        work.audit("notes.tidied")


NOTES = Part(
    name="notes",
    blueprints=(blueprint,),
    models=(models,),
    sources=lambda _clock: (NoteSource(),),
    hosts=(NoteHost(),),
    addresses={KIND: Address("notes.show", "note_id")},
    titles={KIND: find_titles},
    badges={KIND: "notes/_badges.html"},
    values={"kind": {KIND: "Note"}},
    notices={"note.written": _("You wrote a note.")},
    navigation=(NavigationItem("notes.index", _("Notes"), "pencil"),),
    jobs=(PeriodicJob("notes.tidy", lambda _settings: 3600.0, _tidy),),
    demo=lambda stage: stage.count("notes", 0),
)

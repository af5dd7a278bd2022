"""iCalendar: one event, feeds by a secret address, and bringing a file in."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.access import Marking, Viewer, viewer_of
from core.errors import Invalid, NotFound, require
from core.tagging import topics_of
from core.taxonomy import is_topic, topic_labels
from events_calendar import policy, queries, service
from events_calendar.ical import Entry, read_calendar, write_calendar
from events_calendar.ical.reading import MAX_BYTES
from events_calendar.kinds import KIND_LABELS
from events_calendar.models import KIND, Event, EventKind, Registration, Series, Standing
from events_calendar.queries.feeds import CEILING, feed_state, list_for_feed, list_own_feed, own_feed_state
from webapp.calendar import times
from webapp.calendar.site import blueprint
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.wording.i18n import interface_language

MIME = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a feed is of, out of its address."""

    name: str = ""
    topic: str = ""
    kind: str = ""
    series_id: int | None = None
    is_own: bool = False

    @classmethod
    def parse(cls, text: str) -> "Scope":
        """Raises NotFound for what is no feed."""
        what, _sign, name = text.partition("-")
        if text == "mine":
            return cls("My events", is_own=True)
        if text == "all":
            return cls("All events")
        if what == "topic" and is_topic(name):
            return cls(topic_labels()[name], topic=name)
        if what == "kind" and name in set(EventKind):
            return cls(KIND_LABELS[EventKind(name)], kind=name)
        if what == "series" and name.isascii() and name.isdecimal() and len(name) < 10:
            return cls("Series", series_id=int(name))
        raise NotFound

    @property
    def narrowed(self) -> dict[str, object]:
        """Arguments of the queries."""
        return {"topic": self.topic, "kind": self.kind, "series_id": self.series_id}


@blueprint.get("/calendar/feeds")
def feeds() -> str:
    """The viewer's addresses, and what may be subscribed to."""
    with current_runtime().reading() as session:
        known = queries.find_feed_secret(session, viewer().user_id)
    return render_template(
        "calendar/feeds.html",
        secret=known.secret if known else "",
        kinds=KIND_LABELS,
        topics=topic_labels(),
        asked=request.args.get("feed", ""),
        is_topic=is_topic,
    )


@blueprint.post("/calendar/feeds")
def reset_feeds() -> Response:
    """Make the addresses, or new ones instead of those that somebody else may know."""
    with current_runtime().work(viewer()) as work:
        service.reset_feeds(work, viewer())
    flash(_("These are your addresses. Whoever knows one can read it: share none."), "success")
    return redirect(url_for("calendar.feeds"), 303)


@blueprint.get("/calendar/feeds/<secret>/<name>.ics")
def feed(secret: str, name: str) -> Response:
    """A feed for a calendar program, which cannot sign in: the secret in the address stands for its owner and his rights now."""
    runtime, scope = current_runtime(), Scope.parse(name)
    now = runtime.clock.now()
    with runtime.reading() as session:
        owner = queries.find_feed_owner(session, secret)
        if owner is None:
            raise NotFound
        me = viewer_of(session, owner)
        series = queries.get_series(session, me, scope.series_id) if scope.series_id is not None else None
        if series is not None and series.tlp not in CEILING:
            raise NotFound
        state = own_feed_state(session, me, now) if scope.is_own else feed_state(session, me, now, **scope.narrowed)  # type: ignore[arg-type]
        tag = _tag(request.host, name, series.sequence if series else 0, state)
        if request.if_none_match.contains(tag):
            response = FlaskResponse(status=304)
        else:
            response = FlaskResponse(_written(session, me, scope, series), mimetype=MIME)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/events/<int:event_id>.ics")
def event_file(event_id: int) -> Response:
    """One event, for the calendar of the person who reads its page. TLP:RED stays here."""
    with current_runtime().reading() as session:
        event = queries.get_event(session, viewer(), event_id)
        require(event.tlp is not Marking.RED, _("TLP:RED does not leave the exchange."))
        mine = queries.find_registration(session, event_id, viewer().user_id)
        data = write_calendar(event.title, _entries(session, [(event, mine)], has_alarm=True))
    response = FlaskResponse(data, mimetype=MIME)
    response.headers["Content-Disposition"] = f'attachment; filename="event-{event_id}.ics"'
    return response


@blueprint.get("/calendar/import")
def import_form() -> str:
    """Choose a calendar file."""
    require(policy.can_create(viewer()))
    return _import_page([], "", {})


@blueprint.post("/calendar/import")
def import_file() -> Response | tuple[str, int] | str:
    """First what the file holds, then, when that was looked at, drafts of what was chosen."""
    require(policy.can_create(viewer()))
    sent = request.files.get("file")
    text = request.form.get("data", "")
    if sent is not None and sent.filename:
        text = sent.stream.read(MAX_BYTES + 1).decode("utf-8", "replace")
        sent.close()
    try:
        if not text.strip():
            raise Invalid(_("Choose a file first."), {"file": _("Choose a file first.")})
        found = read_calendar(text.encode(), str(times.reader_zone()), current_runtime().clock.now())
        if "chosen" not in request.form:
            return _import_page(found, text, {})
        chosen = {one for one in request.form.getlist("chosen") if one.isdecimal()}
        wanted = [one for number, one in enumerate(found) if str(number) in chosen]
        with current_runtime().work(viewer()) as work:
            made = service.import_events(work, viewer(), wanted, _marking(), interface_language())
    except Invalid as error:
        return _import_page([], "", error.fields or {"file": error.message}), 422
    flash(_("%(count)s events are drafts now. Announce each when it is right.", count=len(made)), "success")
    return redirect(url_for("calendar.mine"), 303)


def _marking() -> Marking:
    try:
        return Marking(request.form.get("marking", ""))
    except ValueError as error:
        raise Invalid(_("Please choose a marking."), {"file": _("Please choose a marking.")}) from error


def _import_page(found: Iterable[object], data: str, errors: dict[str, str]) -> str:
    return render_template(
        "calendar/import.html",
        found=list(found),
        data=data,
        errors=errors,
        markings=[(one.value, one.label) for one in Marking],
    )


def _written(session: Session, me: Viewer, scope: Scope, series: Series | None) -> bytes:
    now = current_runtime().clock.now()
    if scope.is_own:
        return write_calendar(scope.name, _entries(session, list_own_feed(session, me, now), has_alarm=True))
    rows = [(event, None) for event in list_for_feed(session, me, now, **scope.narrowed)]  # type: ignore[arg-type]
    entries = _entries(session, rows)
    if series is None:
        return write_calendar(scope.name, entries)
    page = url_for("calendar.series", series_id=series.ref.id, _external=True)
    return write_calendar(series.title, entries, series, page)


def _entries(
    session: Session, rows: Iterable[tuple[Event, Registration | None]], *, has_alarm: bool = False
) -> list[Entry]:
    listed = list(rows)
    topics = topics_of(session, KIND, [event.ref.id for event, _mine in listed])
    labels = topic_labels()
    return [
        Entry(
            event=event,
            url=url_for("calendar.show", event_id=event.ref.id, _external=True),
            categories=(KIND_LABELS[EventKind(event.kind)], *(labels[one] for one in topics.get(event.ref.id, []))),
            is_tentative=mine is not None and mine.standing not in (Standing.CONFIRMED, Standing.ATTENDED),
            has_alarm=has_alarm,
        )
        for event, mine in listed
    ]


def _tag(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:32]

"""Looking at the calendar: month, week, day, agenda and list, all of them plain pages."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.access import Viewer
from core.errors import NotFound
from core.following import Level, list_followed, set_following
from core.paging import Page
from core.people import list_organisations, list_spaces_of
from core.taxonomy import AREA_LABELS, TOPICS, is_topic
from events_calendar import policy, queries
from events_calendar.kinds import KIND_LABELS
from events_calendar.models import EventKind
from events_calendar.queries import Filters
from events_calendar.service.telling import FOLLOWED_KIND
from webapp.calendar import grid, times
from webapp.calendar.site import blueprint
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.wording.language import page_locale, translated
from webapp.wording.vocabulary import vocabulary

PAGE_SIZE = 20
AGENDA_DAYS = 60
FIRST_YEAR, LAST_YEAR = 1971, 2099


@blueprint.get("/calendar")
def here() -> str:
    """This month."""
    today = _today()
    return month(today.year, today.month)


@blueprint.get("/calendar/<int:year>-<int:month>")
def month(year: int, month: int) -> str:
    """A month as a grid, on a phone as a list of its days."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        raise NotFound
    weeks = grid.weeks_of(year, month, page_locale().first_week_day)
    days = [day for week in weeks for day in week]
    first = date(year, month, 1)
    return _days_page("calendar/month.html", days, times.month_name(first), month=month, first=first)


@blueprint.get("/calendar/week/<day>")
def week(day: str) -> str:
    """Seven days."""
    days = grid.week_of(_day(day), page_locale().first_week_day)
    return _days_page("calendar/week.html", days, f"{times.long_day(days[0])} – {times.long_day(days[-1])}", step=7)


@blueprint.get("/calendar/day/<day>")
def day(day: str) -> str:
    """One day."""
    wanted = _day(day)
    return _days_page("calendar/week.html", [wanted], times.long_day(wanted), step=1)


@blueprint.get("/calendar/agenda")
def agenda() -> str:
    """The days to come on which there is something."""
    first = _day(request.args["from"]) if request.args.get("from") else _today()
    days = [first + timedelta(days=number) for number in range(AGENDA_DAYS)]
    return _days_page("calendar/agenda.html", days, _("Agenda"), step=AGENDA_DAYS)


@blueprint.get("/calendar/list")
def events() -> str:
    """Events one by one, with their summary: those to come, or the past ones."""
    runtime, me, filters = current_runtime(), viewer(), _filters()
    page, past = Page.parse(request.args.get("page"), PAGE_SIZE), "past" in request.args
    with runtime.reading() as session:
        now = runtime.clock.now()
        rows, total = queries.list_upcoming(session, me, page, now, filters, past=past)
        if page.number > page.count(total):
            page = Page(page.count(total), PAGE_SIZE)
            rows, total = queries.list_upcoming(session, me, page, now, filters, past=past)
        common = _common(session, me, filters, _today())
        return render_template("calendar/list.html", rows=rows, total=total, page=page, past=past, **common)


@blueprint.get("/calendar/mine")
def mine() -> str:
    """What the viewer is registered for, what waits for him, and the drafts he manages."""
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        return render_template(
            "calendar/mine.html",
            mine=queries.list_my_events(session, me),
            to_approve=queries.list_to_approve(session, me),
            drafts=queries.list_drafts(session, me),
            now=runtime.clock.now(),
        )


@blueprint.post("/calendar/kinds/<kind>/follow")
def follow_kind(kind: str) -> Response:
    """Hear of new events of a kind, or not any more."""
    if kind not in set(EventKind):
        raise NotFound
    level = Level.FIRST_POST if request.form.get("follow") == "1" else None
    with current_runtime().work(viewer()) as work:
        set_following(work.session, viewer().user_id, f"{FOLLOWED_KIND}:{kind}", work.now, level=level)
    return redirect(url_for("calendar.events", kind=kind), 303)


@blueprint.get("/series/<int:series_id>")
def series(series_id: int) -> str:
    """The page of a series."""
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        found = queries.get_series(session, me, series_id)
        rows = queries.list_in_series(session, me, series_id)
        return render_template(
            "calendar/series.html",
            series=found,
            events=rows,
            seats=queries.seats_of(session, [one.ref.id for one in rows]),
            is_followed=str(found.ref) in list_followed(session, me.user_id),
            can_manage=me.user_id == found.author_id,
            now=runtime.clock.now(),
        )


def _days_page(
    template: str, dates: list[date], title: str, *, month: int = 0, step: int = 0, first: date | None = None
) -> str:
    runtime, me, filters, zone = current_runtime(), viewer(), _filters(), times.reader_zone()
    today = _today()
    with runtime.reading() as session:
        rows = queries.list_between(session, me, *grid.bounds(dates[0], dates[-1], zone), filters)
        days = grid.fill(dates, rows, zone, today, month)
        return render_template(
            template,
            title=title,
            days=days,
            weeks=[days[start : start + 7] for start in range(0, len(days), 7)],
            first=first or dates[0],
            before=_shifted(first, -1) if first else dates[0] - timedelta(days=step),
            after=_shifted(first, 1) if first else dates[0] + timedelta(days=step),
            total=len(rows),
            **_common(session, me, filters, first or dates[0]),
        )


def _common(session: Session, me: Viewer, filters: Filters, anchor: date) -> dict[str, Any]:
    """What every view of the calendar shows beside its events."""
    return {
        "filters": filters,
        "asked": {name: value for name, value in request.args.items() if name in _ASKED and value},
        "anchor": anchor,
        "today": _today(),
        "kinds": [(kind.value, translated(label)) for kind, label in KIND_LABELS.items()],
        "topics": [
            (translated(AREA_LABELS[area]), [(slug, translated(label)) for slug, label in names.items()])
            for area, names in TOPICS.items()
        ],
        "organisations": [(one.key, one.name) for one in list_organisations(session)],
        "spaces": [(str(one.id), one.name) for one in list_spaces_of(session, me.user_id)],
        "words": vocabulary(session),
        "can_create": policy.can_create(me),
        "followed": set(list_followed(session, me.user_id)),
    }


_ASKED = ("topic", "kind", "organisation", "space", "mine", "free")


def _filters() -> Filters:
    """What the address narrows the events to; what is no value of a filter is left out."""
    topic, kind, space = (request.args.get(name, "") for name in ("topic", "kind", "space"))
    return Filters(
        topic=topic if is_topic(topic) else "",
        kind=kind if kind in set(EventKind) else "",
        organisation=request.args.get("organisation", "")[:40],
        space_id=int(space) if space.isascii() and space.isdecimal() and len(space) < 10 else None,
        is_mine=bool(request.args.get("mine")),
        is_free=bool(request.args.get("free")),
    )


def _today() -> date:
    return current_runtime().clock.now().astimezone(times.reader_zone()).date()


def _day(text: str) -> date:
    try:
        found = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  a day has no zone
    except ValueError as error:
        raise NotFound from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise NotFound
    return found


def _shifted(first: date, by: int) -> date:
    number = first.year * 12 + first.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)

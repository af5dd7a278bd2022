"""The register of needs, its heat map, its coverage map and its export."""

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from sqlmodel import Session

from core.access import Viewer
from core.exports import ExportRow, ceiling_of, export_csv
from core.people import Organisation, names_of_organisations
from core.taxonomy import TOPICS
from training.needs import policy, queries
from training.needs.lifecycle import CAUSE_LABELS, RANK_LABELS, STATUS_LABELS
from training.needs.models import Cause, Need, RankBand, Status
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.training.needs.blueprint import blueprint
from webapp.training.needs.form import filter_choices
from webapp.training.needs.matching import coverage_of
from webapp.wording.language import translated
from webapp.wording.vocabulary import vocabulary

COVERED = ("fully", "partly", "nothing")


def wanted_of(values: dict[str, str]) -> queries.Filter:
    """What the register is narrowed by; anything that is no value is no filter."""
    topics = {topic for names in TOPICS.values() for topic in names}
    number = values.get("organisation", "")
    return queries.Filter(
        area=values.get("area", "") if values.get("area") in TOPICS else "",
        topic=values.get("topic", "") if values.get("topic") in topics else "",
        organisation_id=int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None,
        status=values.get("status", "") if values.get("status") in set(Status) else "",
        cause=values.get("cause", "") if values.get("cause") in set(Cause) else "",
        text=values.get("q", "")[:100],
    )


@blueprint.get("/needs")
def register() -> str:
    """Needs the viewer may see, narrowed as he likes."""
    me, wanted = viewer(), wanted_of(request.args)
    runtime = current_runtime()
    with runtime.reading() as session:
        needs, words = queries.list_needs(session, me, wanted), vocabulary(session)
        return render_template(
            "needs/register.html",
            needs=needs,
            wanted=wanted,
            coverage=coverage_of(runtime.parts, session, me, needs),
            organisations=_organisations(session, needs),
            choices=filter_choices(session, words),
            statuses=STATUS_LABELS,
            causes=CAUSE_LABELS,
            can_create=policy.can_create(me),
            is_staff=policy.is_staff(me),
            ceiling=ceiling_of(me).label,
            words=words,
        )


@blueprint.get("/needs/heat-map")
def heat_map() -> str:
    """Themes against organisations: where the live needs are."""
    with current_runtime().reading() as session:
        needs = _live(session, viewer())
        rows = [
            (area, [topic for topic in names if any(one.topic == topic for one in needs)])
            for area, names in TOPICS.items()
        ]
        columns = sorted(_organisations(session, needs).values(), key=lambda one: one.name)
        return render_template(
            "needs/heat_map.html",
            rows=[(area, names) for area, names in rows if names],
            columns=columns,
            cells=queries.count_by_theme_and_organisation(needs),
            words=vocabulary(session),
        )


@blueprint.get("/needs/coverage")
def coverage() -> str:
    """What covers the live needs: knowledge, seats, nothing."""
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        needs = [one for one in _live(session, me) if one.cause == Cause.SKILL]
        found = coverage_of(runtime.parts, session, me, needs)
        return render_template(
            "needs/coverage.html",
            needs=sorted(needs, key=lambda one: (-COVERED.index(found[one.ref.id].state), -one.urgency, one.ref.id)),
            coverage=found,
            sums={state: _sum([one for one in needs if found[one.ref.id].state == state]) for state in COVERED},
            organisations=_organisations(session, needs),
            words=vocabulary(session),
        )


@blueprint.post("/needs/export")
def export() -> Response:
    """The register as CSV, within what the viewer may take along."""
    me, wanted = viewer(), wanted_of(request.form)
    with current_runtime().work(me) as work:
        needs = queries.list_needs(work.session, me, wanted)
        bodies, words = _organisations(work.session, needs), vocabulary(work.session)
        rows = [ExportRow(one.tlp, _columns(one, bodies, words.label("topic", one.topic))) for one in needs]
        names = (
            _("Number"),
            _("Marking"),
            _("Title"),
            _("Topic"),
            _("Organisation"),
            _("Ranks"),
            _("Officers"),
            _("Level now"),
            _("Level wanted"),
            _("Urgency"),
            _("Cause"),
            _("State"),
            _("Written on"),
        )
        made = export_csv(work, me, "needs", names, rows, _("Handle as the marking says."))
    response = make_response("\ufeff" + made.text)
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="needs.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _columns(need: Need, bodies: dict[int, Organisation], topic: str) -> tuple[object, ...]:
    return (
        need.id,
        need.tlp.label,
        need.title,
        topic,
        bodies[need.organisation_id].name,
        translated(RANK_LABELS[RankBand(need.rank_band)]),
        need.officers,
        need.level_now,
        need.level_wanted,
        need.urgency,
        translated(CAUSE_LABELS[Cause(need.cause)]),
        translated(STATUS_LABELS[Status(need.status)]),
        need.created_at.date().isoformat(),
    )


def _live(session: Session, me: Viewer) -> list[Need]:
    return [one for one in queries.list_needs(session, me) if one.status in (Status.OPEN, Status.PLANNED)]


def _sum(needs: list[Need]) -> queries.Cell:
    known = [one.officers for one in needs if one.officers is not None]
    urgency = max((one.urgency for one in needs), default=0)
    return queries.Cell(len(needs), sum(known), urgency, len(needs) - len(known))


def _organisations(session: Session, needs: list[Need]) -> dict[int, Organisation]:
    return names_of_organisations(session, (one.organisation_id for one in needs))

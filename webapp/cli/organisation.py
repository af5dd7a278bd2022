"""`ipcu organisation`: the bodies that share, and whom they serve."""

import click
from pydantic import ValidationError

from core.access import Marking, Viewer
from core.administration.organisations import (
    OrganisationDraft,
    add_organisation,
    clients_by_organisation,
    declare_client,
    get_organisation_by_key,
    reopen_organisation,
    retire_organisation,
    revoke_client,
)
from core.administration.publishers import has_publisher
from core.errors import Invalid
from core.people import OrganisationKind, list_organisations
from webapp.runtime import Runtime
from webapp.terminal.common import acting, acting_viewer, in_words, running, say


@click.group()
def organisation() -> None:
    """Add organisations and declare whom they serve."""


@organisation.command()
@click.argument("key")
@click.option("--name", required=True, help="Full name.")
@click.option("--acronym", default="", help="As people say it.")
@click.option("--kind", type=click.Choice([kind.value for kind in OrganisationKind]), default="police")
@click.option("--parent", default="", help="Key of the organisation above it.")
@click.option("--country", default="", help="Two letters.")
@click.option(
    "--marking",
    type=click.Choice([marking.value for marking in Marking]),
    default=Marking.AMBER_STRICT.value,
    show_default=True,
    help="Marking of its records when nobody says another.",
)
@click.option("--reviewed-by", default="", metavar="KEY", help="Whose librarians may publish its drafts too.")
@acting
def add(
    key: str,
    name: str,
    acronym: str,
    kind: str,
    parent: str,
    country: str,
    marking: str,
    reviewed_by: str,
    actor: str,
) -> None:
    """Add an organisation. KEY is its short name in commands."""
    try:
        draft = OrganisationDraft(
            key=key,
            name=name.strip(),
            acronym=acronym.strip(),
            kind=OrganisationKind(kind),
            parent=parent,
            country=country,
            default_marking=Marking(marking),
            reviewed_by=reviewed_by,
        )
    except ValidationError as error:
        raise Invalid(in_words(error)) from None
    with running() as runtime:
        viewer = _viewer(runtime, actor)
        with runtime.work(viewer) as work:
            is_covered = has_publisher(work.session, add_organisation(work, viewer, draft))
    click.echo(f"{draft.key} is added.")
    if not is_covered:
        say(
            f"Nobody can publish its drafts yet: no librarian may read what {draft.key} marks "
            f"{draft.default_marking.label} by default. Add a librarian to it or to an organisation above it, or say "
            "--reviewed-by KEY."
        )


@organisation.command()
@click.argument("key")
@click.option("--reopen", is_flag=True, help="It is in use again.")
@acting
def retire(key: str, reopen: bool, actor: str) -> None:
    """Retire an organisation: no new people and records; what it shared stays readable."""
    with running() as runtime:
        viewer = _viewer(runtime, actor)
        with runtime.work(viewer) as work:
            number = get_organisation_by_key(work.session, key).id
            assert number is not None
            (reopen_organisation if reopen else retire_organisation)(work, viewer, number)
    click.echo(f"{key} is in use again." if reopen else f"{key} is retired.")


@organisation.command("list")
def show() -> None:
    """All organisations with what stands above them and whom they serve."""
    with running() as runtime, runtime.reading() as session:
        rows = list_organisations(session)
        keys = {row.id: row.key for row in rows}
        clients = clients_by_organisation(session)
        for row in rows:
            parts = [f"{row.key:<20} {row.name}"]
            parts += [f"under {keys[row.parent_id]}"] if row.parent_id else []
            parts += ["retired"] if row.retired_at else []
            parts += [f"serves {', '.join(clients[row.id])}"] if row.id in clients else []
            click.echo("  ".join(parts))


@organisation.command()
@click.argument("key")
@click.argument("client")
@click.option("--revoke", is_flag=True, help="CLIENT is served no more.")
@acting
def client(key: str, client: str, revoke: bool, actor: str) -> None:
    """Declare that KEY serves CLIENT: what is marked TLP:AMBER by the one is then seen by the other."""
    with running() as runtime:
        viewer = _viewer(runtime, actor)
        with runtime.work(viewer) as work:
            change = revoke_client if revoke else declare_client
            is_changed = change(work, viewer, key, client)
            organisation = get_organisation_by_key(work.session, key)
            assert organisation.id is not None
            objects = runtime.parts.renew_audiences(work, organisation.id) if is_changed else 0
    state = "no client" if revoke else "a client"
    click.echo(f"{client} is {state} of {key}." if is_changed else f"{client} was {state} of {key} already.")
    if objects:
        click.echo(f"Seen differently from now on: {objects} objects.")


def _viewer(runtime: Runtime, actor: str) -> Viewer:
    with runtime.reading() as session:
        return acting_viewer(session, actor)

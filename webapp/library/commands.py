"""`ipcu library import`."""

from pathlib import Path

import click
from sqlmodel import select

from core.access import Marking, Viewer, viewer_of
from core.errors import Invalid, Unavailable
from core.people import Organisation, Role, User, get_user, list_users_with_role
from library.models import RecordKind
from webapp.library.importing import FolderImport, ImportOptions, ImportReport, Metadata, find_files, read_metadata
from webapp.runtime import Runtime
from webapp.terminal.common import running, say, viewer_for
from webapp.terminal.progress import Bar


@click.group()
def library() -> None:
    """The best-practice library."""


@library.command("import")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--metadata", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CSV by relative path.")
@click.option(
    "--marking",
    type=click.Choice([one.value for one in Marking], case_sensitive=False),
    help="Default: the organisation's.",
)
@click.option("--kind", type=click.Choice([one.value for one in RecordKind]), default=RecordKind.SOP.value)
@click.option("--organisation", help="Key of the source organisation. Default: that of the person it is done as.")
@click.option("--as", "email", help="Act as this librarian or administrator. Default: the first one.")
@click.option("--no-index", is_flag=True, help="Leave the indexing to the worker.")
def import_folder(
    directory: Path,
    metadata: Path | None,
    marking: str | None,
    kind: str,
    organisation: str | None,
    email: str | None,
    no_index: bool,
) -> None:
    """Bring a folder of documents into the library. Can be stopped and run again at any time."""
    rows = read_metadata(metadata) if metadata else Metadata()
    with running() as runtime:
        viewer, source, name = _actor(runtime, email, organisation)
        options = ImportOptions(
            marking=Marking(marking or source.default_marking),
            kind=RecordKind(kind),
            organisation=source.key,
            year=runtime.clock.today().year,
        )
        run = FolderImport(runtime, viewer, directory, options, rows)
        say(f"Importing for {source.name}, TLP:{options.marking.value}, as {name}")
        with Bar("Importing") as bar:
            report = run.run(find_files(directory), bar.update)
        _print(report)
        if not no_index:
            with Bar("Indexing") as bar:
                indexed = runtime.indexer.run_all(bar.step)
            if indexed.drained.stopped:
                raise Unavailable(
                    f"The documents are in the library, but not all are indexed: {indexed.drained.stopped}"
                )


def _actor(runtime: Runtime, email: str | None, organisation: str | None) -> tuple[Viewer, Organisation, str]:
    with runtime.reading() as session:
        if email:
            viewer = viewer_for(session, email)
        else:
            people: list[User] = list_users_with_role(session, Role.LIBRARIAN)
            people = people or list_users_with_role(session, Role.ADMINISTRATOR)
            if not people:
                raise Invalid("There is no librarian yet. Add one with `ipcu user add`, or load the demo.")
            viewer = viewer_of(session, people[0])
        wanted = Organisation.key == organisation if organisation else Organisation.id == viewer.organisation_id
        source = session.exec(select(Organisation).where(wanted)).one_or_none()
        if source is None:
            raise Invalid(f"There is no organisation {organisation!r}.")
        return viewer, source, get_user(session, viewer.user_id).name


def _print(report: ImportReport) -> None:
    for name, reason in report.skipped.items():
        say(f"skipped  {name}: {reason}")
    for name, reason in report.without_text.items():
        say(f"no text  {name}: {reason}")
    for name, remark in report.remarks.items():
        say(f"note     {name}: {remark}")
    for name in report.not_found:
        say(f"no file  {name}: the metadata speaks of it, the folder does not have it")
    click.echo(
        f"{len(report.imported)} imported ({len(report.without_text)} of them without text), "
        f"{len(report.known)} already there, {len(report.skipped)} skipped."
    )

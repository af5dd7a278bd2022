"""`ipcu user`: accounts."""

import click
from pydantic import ValidationError

from core import accounts
from core.administration.members import add_person
from core.errors import Invalid
from core.people import Role
from webapp.terminal.common import acting, acting_viewer, in_words, running, say


@click.group()
def user() -> None:
    """Add, disable, enable and reset accounts."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="Full name.")
@click.option("--organisation", required=True, help="Key of the organisation.")
@click.option("--rank", default="", help="Rank or post.")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), default=["officer"])
@acting
def add(email: str, name: str, organisation: str, rank: str, roles: tuple[str, ...], actor: str) -> None:
    """Add a person and print the first password, once. He has to change it when he signs in."""
    password = accounts.make_password()
    try:
        draft = accounts.AccountDraft(
            email=email,
            name=name.strip(),
            rank=rank,
            organisation=organisation,
            roles=list(dict.fromkeys(Role(role) for role in roles)),
        )
    except ValidationError as error:
        raise Invalid(in_words(error)) from None
    with running() as runtime:
        with runtime.reading() as session:
            viewer = acting_viewer(session, actor)
        with runtime.work(viewer) as work:
            add_person(work, viewer, draft, password.hash)
    click.echo(f"{draft.email}  {password.text}")


@user.command()
@click.argument("email")
@acting
def disable(email: str, actor: str) -> None:
    """Close an account and end its sessions at once."""
    with running() as runtime, runtime.work() as work:
        accounts.disable_user(work, acting_viewer(work.session, actor), email)
    click.echo(f"{email} is disabled.")


@user.command()
@click.argument("email")
@acting
def enable(email: str, actor: str) -> None:
    """Open an account again, with the password it had."""
    with running() as runtime, runtime.work() as work:
        accounts.enable_user(work, acting_viewer(work.session, actor), email)
    click.echo(f"{email} is enabled.")


@user.command()
@click.argument("email")
@acting
def reset(email: str, actor: str) -> None:
    """Give a person a new password (printed once), end his sessions and let him try at once. He has to change it."""
    password = accounts.make_password()
    with running() as runtime, runtime.work() as work:
        person = accounts.reset_password(work, acting_viewer(work.session, actor), email, password.hash)
    click.echo(f"{email}  {password.text}")
    if not person.is_active:
        say(f"The account is disabled and stays so; `ipcu user enable {email}` opens it.")

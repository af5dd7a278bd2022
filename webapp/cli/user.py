"""`ipcu user`: accounts."""

import secrets

import click
from pydantic import ValidationError

from core import accounts
from core.errors import Invalid
from core.people import Role
from webapp.terminal.common import in_words, running


@click.group()
def user() -> None:
    """Add, disable and reset accounts."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="Full name.")
@click.option("--organisation", required=True, help="Key of the organisation.")
@click.option("--rank", default="", help="Rank or post.")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), default=["officer"])
def add(email: str, name: str, organisation: str, rank: str, roles: tuple[str, ...]) -> None:
    """Add a person and print the first password, once."""
    password = secrets.token_urlsafe(12)
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
    with running() as runtime, runtime.work() as work:
        accounts.add_user(work, draft, password)
    click.echo(f"{draft.email}  {password}")


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """Close an account and end its sessions at once."""
    with running() as runtime, runtime.work() as work:
        accounts.disable_user(work, email)
    click.echo(f"{email} is disabled.")


@user.command()
@click.argument("email")
def reset(email: str) -> None:
    """Give a person a new password (printed once) and end his sessions."""
    with running() as runtime, runtime.work() as work:
        password = accounts.reset_password(work, email)
    click.echo(f"{email}  {password}")

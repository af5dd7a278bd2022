"""`ipcu demo load`."""

import click

from core.errors import Unavailable
from webapp.terminal.common import running, say
from webapp.terminal.progress import Bar


@click.group()
def demo() -> None:
    """The demo instance."""


@demo.command()
@click.option(
    "--if-empty",
    is_flag=True,
    help="When anybody has an account, load nothing, and only make an index of another version or model anew.",
)
def load(if_empty: bool) -> None:
    """Fill an empty database with invented organisations, people and records, and index them."""
    # Imported here because it brings reportlab and python-docx, half a second that no other command need spend.
    try:
        from webapp.demo.loader import load_demo  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"The demo makes its documents with {(error.name or '').partition('.')[0]}, which is not installed here. `make setup` installs it, "
            "and so does installing this project with its extra `demo`."
        ) from None

    with running() as runtime:
        if if_empty and runtime.has_people():
            if not runtime.indexer.status().fits:
                say("The index was made by another version or model. Making it anew.")
                with Bar("Indexing") as bar:
                    runtime.indexer.rebuild(bar.step)
            return
        with Bar("Demo records") as bar:
            made = load_demo(runtime, bar.update)
        with Bar("Indexing") as bar:
            runtime.indexer.run_all(bar.step)
    say(
        ", ".join(f"{number} {noun}" for noun, number in made.items())
        + ". The sign-in page of a demo instance lists the accounts."
    )

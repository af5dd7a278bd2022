"""`python -m webapp.cli.migration "add something"`: write the migration that the changed models need."""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from core.db import Database
from webapp.migrations import configuration, head, upgrade
from webapp.parts import TABLES


def main(name: str) -> None:
    """Compare the models with a new database at head, write what differs, and format it."""
    number = f"{int(head() or 0) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'empty.sqlite3'}"
        upgrade(url)
        database = Database(url)
        with database.engine.connect() as connection:
            script = command.revision(configuration(connection), name, autogenerate=True, rev_id=number)
        database.close()
    if script is None or isinstance(script, list):
        raise SystemExit("Alembic wrote no migration.")
    for tool in (("check", "--fix", "--quiet"), ("format", "--quiet")):
        subprocess.run([sys.executable, "-m", "ruff", *tool, script.path], check=True)
    sys.stdout.write(f"{script.path}: read it before you commit it ({len(TABLES)} modules of tables compared).\n")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        raise SystemExit('Say what changes: make migration NAME="add something"')
    main(sys.argv[1])

"""`ipcu doctor`: every unhealthy part with its remedy."""

import click

from webapp.health import check_health
from webapp.terminal.common import running


@click.command()
def doctor() -> None:
    """Check settings, database, index, model, files and audit chain; say what to do about what is wrong."""
    with running(any_database=True) as runtime:
        findings = check_health(runtime)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_well else 'FAIL'}  {finding.part:<12} {finding.text}")
        if finding.remedy and not finding.is_well:
            click.echo(f"      {'':<12} -> {finding.remedy}")
    if not all(finding.is_well for finding in findings):
        raise click.exceptions.Exit(1)

"""The calendar's content of the demo: events of a year around today."""

from webapp.stage import DemoStage


def load_events(stage: DemoStage) -> None:
    """Hold, announce and fill them as their people would. Each is known to later parts as `event:NAME`."""
    stage.count("events", 0)

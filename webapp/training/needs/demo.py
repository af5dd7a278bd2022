"""The needs of the demo: two assessment rounds, fifteen needs, and what the staff said about what answers them."""

from webapp.stage import DemoStage


def load_needs(stage: DemoStage) -> None:
    """Nothing yet."""
    stage.count("needs", 0)

"""The forums' content of the demo: categories, and threads in the voices of its people."""

from webapp.demo.stage import DemoStage


def load_threads(stage: DemoStage) -> None:
    """Write them as their people would."""
    stage.count("threads", 0)

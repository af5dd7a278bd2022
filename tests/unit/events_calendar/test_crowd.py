"""Twenty people at once want five seats: real threads, a database on disk."""

import threading
from pathlib import Path

from sqlmodel import SQLModel, select

from core.db import Database
from events_calendar import service
from events_calendar.drafts import RegistrationDraft
from events_calendar.models import Registration
from tests.factories import World
from webapp.parts import TABLES as TABLES

SEATS, CROWD = 5, 20


def test_five_seats_are_given_to_five_of_twenty_who_come_at_once(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'crowd.sqlite3'}")
    SQLModel.metadata.create_all(database.engine)
    world = World(database)
    body = world.organisation("cid")
    host = world.viewer(world.person("host", body))
    people = [world.viewer(world.person(f"person-{number}", body)) for number in range(CROWD)]
    event = world.event(host, capacity=SEATS)
    together, problems = threading.Barrier(CROWD), []

    def come(person):
        together.wait()
        try:
            with world.work(person) as work:
                service.register(work, person, event, RegistrationDraft())
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=come, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with database.reading() as session:
        rows = session.exec(select(Registration)).all()
    assert sorted(row.standing for row in rows) == ["confirmed"] * SEATS + ["waiting"] * (CROWD - SEATS)
    assert sorted(row.place_in_line for row in rows) == list(range(1, CROWD + 1))
    first = sorted(rows, key=lambda row: row.place_in_line)[:SEATS]
    assert {row.standing for row in first} == {"confirmed"}
    database.close()

"""A site at work in which, round after round, one process is killed at a random moment."""

import os
import random
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from urllib.error import URLError

from pydantic import SecretStr

from core.access import Viewer
from core.attachments import attach
from core.db import Database
from core.people import Role, find_user_by_email
from core.settings import Settings
from library.models import RecordKind
from library.service import RECORD_HOST
from search.embedding import HashEmbedder
from tests.factories import World
from tests.functional.house import OFF, Site
from tests.functional.killing.forked import AheadClock, Forked, ForkedServer, ahead
from tests.functional.killing.truth import EVERGREEN, Truth, Turning, Watcher
from tests.functional.processes import wait_for
from webapp.composition import build_runtime

MOMENTS = ("import", "edit", "indexing", "rebuild", "promotion")
EVERGREENS, TURNINGS = 24, 4
STEPS = {"import": 70, "rebuild": 45, "promotion": 8, "indexing": 25}
"""About as many file events a whole run of each has."""
SECONDS = 0.8
"""The latest moment of a kill by the clock."""
LEASE_OVER = 40.0
AGAIN = 120
"""Rounds after which people sign in anew: the clock has run ahead by then."""


class Chaos(Site):
    """The site, what is true of it, and the rounds."""

    def __init__(self, data: Path, address: str, seed: int, **settings: object) -> None:
        super().__init__(data, address)
        self.random = random.Random(seed)
        self.settings = {**OFF, "database_url": address, "drain_seconds": 1, **settings}
        ahead.value = 0.0
        self._folder = data / "to import"
        self._folder.mkdir()
        chosen = Settings(
            **{
                **self.settings,
                "data_dir": data,
                "secret_key": SecretStr(str(OFF["secret_key"])),
            }
        )
        self.runtime = build_runtime(chosen, web=False, clock=AheadClock(), embedder=HashEmbedder())
        self.world = World(self.runtime.database, AheadClock())  # type: ignore[arg-type]
        self.truth = self._populate(address)
        self.server = ForkedServer(data, **self.settings)
        self.processes = [self.server]
        self.kills = dict.fromkeys(MOMENTS, 0)
        self._made = 0

    def _populate(self, address: str) -> Truth:
        outside = self.world.organisation("elsewhere")
        outsider = self.world.viewer(self.world.person("olga", outside, Role.OFFICER))
        insider = self.world.viewer(_id_of_user(self.runtime.database, "amina"))
        truth = Truth(self.runtime, insider, outsider)
        body = f"The {EVERGREEN} stands in each of these. " + "A sentence of some length follows. " * 40
        ids = [
            self.world.record(insider, kind=RecordKind.LESSON, title=f"Evergreen {number}", body=body)
            for number in range(EVERGREENS)
        ]
        truth.evergreen = frozenset(self.world.get(one).ref for one in ids)
        for number in range(TURNINGS):
            one = Turning(number, "")
            made = self.world.record(insider, title=f"Turning {number}", body=one.text(1), marking=one.marking(1))
            one.path = f"/records/{made}"
            truth.turning.append(one)
        self.runtime.indexer.run_all()
        return truth

    # --- a round ------------------------------------------------------------------------------------------------------

    def round(self, moment: str, say: Callable[[str], None]) -> None:
        """Let something happen, kill somebody in the middle of it, say what was done, and see everything come right."""
        if not sum(self.kills.values()) % AGAIN:
            wait_for(self.server.answers, "the server's start")
            self.enter(self.server, self.server)
        watcher = Watcher(self.truth)
        try:
            with self._edits():
                said = self._kill(moment)
                say(said)
            ahead.value += LEASE_OVER
            self._recover()
            watcher.check()
        finally:
            watcher.close()
        watcher.check()
        assert watcher.looks, "nobody looked"
        self.truth.check()
        assert "Traceback" not in self.server.output, self.server.output

    def _kill(self, moment: str) -> str:
        """Kill somebody at the given moment, again and again until one did not end before."""
        while True:
            said = {
                "edit": self._kill_server,
                "indexing": self._kill_worker,
                "import": lambda: self._kill_command("import", "library", "import", str(self._more_files())),
                "rebuild": lambda: self._kill_command("rebuild", "index", "rebuild"),
                "promotion": lambda: self._kill_command("promotion", "index", "promote", self._some_generation()),
            }[moment]()
            if said:
                self.kills[moment] += 1
                return f"{moment}: {said}"

    def _kill_server(self) -> str:
        wait_for(self.server.answers, "the server's start")
        delay = self.random.uniform(0.05, SECONDS)
        self._pause(delay)
        if self.random.random() < 0.5:
            self.server.kill()
            return f"server killed after {delay:.3f} s"
        pid = int(re.findall(r"Booting worker with pid: (\d+)", self.server.output)[-1])
        os.kill(pid, signal.SIGKILL)
        return f"server process killed after {delay:.3f} s"

    def _kill_worker(self) -> str:
        self._attach_file()
        with self.world.work() as work:
            for ref in sorted(self.truth.evergreen, key=str):
                work.mark_dirty(ref, "torture")
        return self._kill_command("indexing", "worker")

    def _kill_command(self, moment: str, *arguments: str) -> str:
        """What was done to the command, or nothing when it ended before."""
        step = self.random.randint(1, STEPS[moment]) if self.random.random() < 0.6 else 0
        delay = self.random.uniform(0.05, SECONDS)
        command = Forked(self.data, *arguments, die_at=step, **self.settings)
        self.processes.append(command)
        try:
            if step:
                wait_for(lambda: command.is_over or self._is_idle(command), "the end of a command", 120)
            else:
                self._pause(delay, lambda: command.is_over)
            was_over = command.is_over and command.status != -signal.SIGKILL
            command.kill()
        finally:
            self.processes.remove(command)
        if was_over:
            assert command.status == 0, command.output
            return ""
        return f"{' '.join(arguments[:2])} killed " + (f"at file event {step}" if step else f"after {delay:.3f} s")

    def _is_idle(self, command: Forked) -> bool:
        """A worker that has done everything and waits; it is killed all the same."""
        return "Worker started" in command.output and self.truth.is_settled

    def _recover(self) -> None:
        """What an administrator's service manager does: start what is not there. Then nothing but waiting."""
        if self.server.is_over:
            self.server = ForkedServer(self.data, **self.settings)
            self.processes = [self.server]
        wait_for(self.server.answers, "the server's return")
        try:
            wait_for(lambda: self.truth.is_settled, "the end of what waited")
        except AssertionError as problem:
            problem.add_note(f"{self.truth.what_waits()}\n{self.server.output[-6000:]}")
            raise

    @staticmethod
    def _pause(seconds: float, ended: Callable[[], bool] = lambda: False) -> None:
        """The random moment itself."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not ended():
            time.sleep(0.005)

    # --- what goes on meanwhile ---------------------------------------------------------------------------------------

    @contextmanager
    def _edits(self) -> Iterator[None]:
        """People write at the server from beginning to end of the block, whether it answers or not."""
        done, problems = threading.Event(), list[BaseException]()

        def run() -> None:
            try:
                chance = random.Random(self.random.random())
                while not done.is_set():
                    self._edit(chance)
                    done.wait(0.02)
            except BaseException as problem:
                problems.append(problem)

        thread = threading.Thread(target=run, name="editor", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
        for problem in problems:
            raise problem

    def _edit(self, chance: random.Random) -> None:
        try:
            if chance.random() < 0.2:
                path = self.write(self.server, "A new record", "Written while processes are killed.")
                self.truth.drafts.add(int(path.rpartition("/")[2]))
                return
            one = chance.choice(self.truth.turning)
            # One version after the other: what may have arrived is found out before another is sent.
            if one.tried == one.acknowledged:
                self._turn(one)
        except (URLError, HTTPException, ConnectionError, TimeoutError):
            return

    def _turn(self, one: Turning) -> None:
        revision = self.revision_of(self.server, one.path)
        version = one.acknowledged + 1
        fields = self.fields(
            f"Turning {one.number}", one.text(version), marking=one.marking(version).value, revision=revision
        )
        one.tried = version
        answer = self.librarian.post(self.server, f"{one.path}/edit", fields)
        assert answer.status == 200, answer.text
        one.acknowledged = version

    def _attach_file(self) -> None:
        """An acknowledged file whose text nobody has read yet."""
        self._made += 1
        word = f"attachedword{self._made}x{self.random.randrange(10**6)}"
        stored = self.runtime.files.put(BytesIO(f"The {word} stands in a file.".encode()), limit=1 << 20)
        author: Viewer = self.truth.insider
        record = self.world.record(author, title=f"With a file {self._made}")
        with self.world.work(author) as work:
            attach(work, author, RECORD_HOST, record, filename="note.txt", stored=stored, media_type="text/plain")
        self.truth.files[stored.sha256] = word

    def _more_files(self) -> Path:
        """The folder that is imported, with some files more than before, one of them twice."""
        self._made += 1
        for number in range(4):
            text = f"# Imported {self._made} {number}\n\nA text about subject {self._made} number {number}.\n" * 3
            (self._folder / f"imported {self._made} {number}.{'md' if number % 2 else 'txt'}").write_text(text)
        (self._folder / f"the same {self._made}.md").write_text(text)
        return self._folder

    def _some_generation(self) -> str:
        """The former generation where there is one, made by a rebuild that nobody kills where there is none."""
        finished = [one for one in self.runtime.engine.generations() if not one.is_building and not one.is_current]
        if not finished:
            self.finish("index", "rebuild")
            return self._some_generation()
        return self.random.choice(finished).name

    def finish(self, *arguments: str) -> str:
        """Run a command that nobody kills, and return what it printed."""
        command = Forked(self.data, *arguments, **self.settings)
        try:
            assert command.stop(0, patience=120) == 0, command.output
        finally:
            command.kill()
        return command.output

    def close(self) -> None:
        super().close()
        self.runtime.close()


def _id_of_user(database: Database, name: str) -> int:
    with database.reading() as session:
        user = find_user_by_email(session, f"{name}@exchange.example")
        assert user is not None
        assert user.id is not None
        return user.id

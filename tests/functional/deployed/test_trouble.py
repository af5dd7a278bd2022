"""What the services of the compose file say and do when something is not as it should be at their start."""

import pytest

from tests.functional.processes import Person, free_port, wait_for

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.nginx]


class Nowhere:
    """Where web listens, without the proxy."""

    def __init__(self, stack):
        self.address = f"http://127.0.0.1:{stack.ports['web', 8000]}"


@pytest.fixture(scope="module")
def bare(natively):
    """PostgreSQL and Redis only; at the address of OpenSearch nobody listens."""
    with natively.Stack(f"http://127.0.0.1:{free_port()}") as stack:
        stack.up("postgres", "redis")
        yield stack


def ended(stack, name, **changes):
    """Start a service that cannot go on: its status and what it said."""
    stack.launch(name, **changes)
    process = stack.processes.pop(name)
    return process.wait(120), stack.log(name)


def test_a_secret_that_is_not_there_or_is_empty_is_named(bare):
    place = bare.box("web").native("/run/secrets/") + "nothing"
    status, said = ended(bare, "web", IPCU_SECRET_KEY_FILE=place)
    assert status == 1
    assert said == f"ipcu: IPCU_SECRET_KEY_FILE names {place}, which cannot be read: No such file or directory\n"
    status, said = ended(bare, "migrate", IPCU_DATABASE_PASSWORD_FILE="/dev/null")
    assert (status, said) == (1, "ipcu: IPCU_DATABASE_PASSWORD_FILE names /dev/null, which is empty\n")


def test_a_wrong_password_of_the_database_is_said_in_one_line(bare):
    other = bare.box("migrate").native("/run/secrets/postgres_password")
    status, said = ended(bare, "migrate", IPCU_DATABASE_URL=wrong_user(bare), IPCU_DATABASE_PASSWORD_FILE=other)
    assert status == 1
    assert 'password authentication failed for user "stranger"' in said
    assert said.startswith("ipcu: The database does not work: ")
    assert said.count("\n") == 1


def wrong_user(stack):
    return stack.box("web").environment()["IPCU_DATABASE_URL"].replace("ipcu@", "stranger@")


def test_web_does_not_start_on_a_database_that_was_not_migrated_and_says_what_to_do(bare):
    # The server's own database, which nobody migrates, whatever other tests did before.
    empty = bare.box("web").environment()["IPCU_DATABASE_URL"].removesuffix("/ipcu") + "/postgres"
    status, said = ended(bare, "web", IPCU_DATABASE_URL=empty)
    assert status == 1
    assert "There is no database yet (IPCU_DATABASE_URL). Run `ipcu database upgrade`" in said


def test_without_search_servers_and_with_a_wrong_queue_password_the_site_serves_and_says_so(bare):
    bare.start("migrate")
    bare.wait_until("migrate", "service_completed_successfully")
    bare.launch("web", IPCU_REDIS_PASSWORD_FILE=bare.box("web").native("/run/secrets/postgres_password"))
    bare.wait_until("web", "service_healthy")
    try:
        assert Person().get(Nowhere(bare), "/sign-in").status == 200
        ready = Person().get(Nowhere(bare), "/readyz")
        assert ready.status == 200
        assert '"index":"degraded"' in ready.text
        assert '"queue":"degraded"' in ready.text
        wait_for(lambda: "there is no search:" in bare.log("web"), "the notice")
        wait_for(lambda: "Redis does not answer (" in bare.log("web"), "the notice")
        assert "Traceback" not in bare.log("web")
    finally:
        assert bare.stop("web") == 0

"""How each server of `services.py` is found, prepared and asked whether it is there."""

import hashlib
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NODE = ROOT / "dev" / "opensearch"
OLDEST_JAVA = 21
BUILT = NODE / "target"
CLASSES = BUILT / "classes.jsa"
"""What Java knows of the classes once a node has started: with it the next one takes a third less of the processor."""
HEAP = ("-Xms512m", "-Xmx1536m")
JVM_OPTIONS = ("--enable-native-access=ALL-UNNAMED", "--add-modules", "jdk.incubator.vector")

VARIABLES = {
    "opensearch": "IPCU_TEST_OPENSEARCH_URL",
    "postgres": "IPCU_TEST_POSTGRES_URL",
    "redis": "IPCU_TEST_REDIS_URL",
}


class CannotStart(Exception):
    """A server cannot be started; the message says what is missing and how to get it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to start one server, and how to know that it is there."""

    command: list[str]
    address: str
    is_healthy: Callable[[], bool]
    user: str = ""
    """Who runs it; empty for whoever calls."""


Ports = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Service:
    """One server. `prepare` makes its directory ready, or raises CannotStart."""

    name: str
    prepare: Callable[[Path, Ports], Plan]


# --- OpenSearch -----------------------------------------------------------------------------------------------------


def opensearch(directory: Path, free_port: Ports) -> Plan:
    """A node of dev/opensearch, built first when it is not."""
    home = find_jdk()
    build_node(home)
    http, transport = free_port(), free_port()
    # Without the archive, or with that of another Java, it starts as well, only not as soon.
    command = node_command(home, f"-XX:SharedArchiveFile={CLASSES}", directory, http, transport)
    address = f"http://127.0.0.1:{http}"

    def is_healthy() -> bool:
        health = json.loads(get(f"{address}/_cluster/health"))
        # Modules whose class is missing are skipped in silence, so the plugin is asked for.
        return health["status"] in {"green", "yellow"} and "knn" in get(f"{address}/_cat/plugins").lower()

    return Plan(command, address, is_healthy)


def node_command(home: Path, option: str, *arguments: object) -> list[str]:
    """How Java runs dev/opensearch, with one option of its own."""
    # The plugin's jars come first: the server brings older versions of some of them.
    paths = [*map(str, BUILT.glob("opensearch-node-*.jar")), f"{BUILT}/knn/*", f"{BUILT}/server/*"]
    java = [str(home / "bin" / "java"), *HEAP, *JVM_OPTIONS, option, "-cp", os.pathsep.join(paths)]
    return [*java, "dev.opensearch.Node", *map(str, arguments)]


def find_jdk() -> Path:
    """The home of a JDK that is new enough: JAVA_HOME, the one on PATH, then where systems keep them."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if javac := shutil.which("javac"):
        homes.append(Path(javac).resolve().parent.parent)
    for pattern in ("usr/lib/jvm/*", "opt/*jdk*", "Library/Java/JavaVirtualMachines/*/Contents/Home"):
        homes += sorted(Path("/").glob(pattern), reverse=True)
    versions = {home: java_version(home) for home in homes if (home / "bin" / "javac").exists()}
    for home, version in versions.items():
        if version >= OLDEST_JAVA:
            return home
    there = ", ".join(f"{version} in {home}" for home, version in versions.items()) or "none was found"
    raise CannotStart(
        f"it needs a JDK of {OLDEST_JAVA} or later ({there}). Debian 13: apt-get install openjdk-21-jdk-headless; "
        "elsewhere Temurin; or set JAVA_HOME to one."
    )


def java_version(home: Path) -> int:
    """The major version of a JDK by its release file; 0 when it has none."""
    try:
        found = re.search(r'JAVA_VERSION="(?:1\.)?(\d+)', (home / "release").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def build_node(home: Path) -> None:
    """Have Maven fetch the server and compile the starter, unless both are as the sources say."""
    sources = [NODE / "pom.xml", *sorted(NODE.glob("src/**/*.java"))]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = BUILT / "built-from"
    if stamp.exists() and stamp.read_text() == digest:
        return
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotStart("it is built with Maven, which is not there. Debian: apt-get install maven.")
    print("==> Building dev/opensearch (Maven fetches about 80 MB the first time)", flush=True)
    command = [maven, "-q", "-B", "-f", str(NODE / "pom.xml"), "clean", "package"]
    done = subprocess.run(
        command, env={**os.environ, "JAVA_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "WARNING" not in line]
        raise CannotStart("Maven could not build dev/opensearch:\n" + "\n".join(lines[-15:]))
    archive_classes(home)
    stamp.write_text(digest)


def archive_classes(home: Path) -> None:
    """Start a node that ends as soon as it is ready and leaves what Java knows of its classes."""
    print("==> Starting a node once, so that others start sooner", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        command = node_command(home, f"-XX:ArchiveClassesAtExit={CLASSES}", directory, 0, 0, "once")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not CLASSES.exists():
        raise CannotStart("a node that was only to be started ended badly:\n" + (done.stdout + done.stderr)[-2000:])


def get(address: str) -> str:
    """The body of a page of a server on this machine."""
    with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  always http://127.0.0.1
        return str(answer.read().decode())


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def postgres(directory: Path, free_port: Ports) -> Plan:
    """A fresh cluster with one empty database. It trusts everybody on this machine, so it is for tests only."""
    programs = find_postgres()
    user = unprivileged(("postgres", "nobody"))
    data, port = directory / "data", free_port()
    if user:
        shutil.chown(directory, user)
    make = [str(programs / "initdb"), "-D", str(data), "-U", "ipcu", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    made = subprocess.run(
        [*make, "--locale=C.UTF-8"], capture_output=True, text=True, check=False, cwd=directory, **as_user(user)
    )
    if made.returncode:
        raise CannotStart(f"initdb failed: {made.stderr.strip()}")
    # What a test writes need not survive a power cut.
    options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=200"]
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    command += [part for option in options for part in ("-c", option)]
    where = ["-h", "127.0.0.1", "-p", str(port), "-U", "ipcu"]

    def is_healthy() -> bool:
        if subprocess.run([programs / "pg_isready", *where], capture_output=True, check=False).returncode:
            return False
        made = subprocess.run([programs / "createdb", *where, "ipcu_test"], capture_output=True, text=True, check=False)
        return made.returncode == 0 or "already exists" in made.stderr

    return Plan(command, f"postgresql+psycopg://ipcu@127.0.0.1:{port}/ipcu_test", is_healthy, user)


def find_postgres() -> Path:
    """The directory of the newest PostgreSQL's programs; Debian keeps them off the PATH."""
    homes = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if homes:
        return max(homes, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    if program := shutil.which("initdb"):
        return Path(program).resolve().parent
    raise CannotStart("PostgreSQL is not installed. Debian: apt-get install postgresql.")


# --- Redis ----------------------------------------------------------------------------------------------------------


def redis(directory: Path, free_port: Ports) -> Plan:
    """A Redis that keeps nothing."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise CannotStart("Redis is not installed. Debian: apt-get install redis-server.")
    user, port = unprivileged(("redis", "nobody")), free_port()
    if user:
        shutil.chown(directory, user)
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]

    def is_healthy() -> bool:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")

    return Plan(command, f"redis://127.0.0.1:{port}/0", is_healthy, user)


# --- users ----------------------------------------------------------------------------------------------------------


def unprivileged(names: tuple[str, ...]) -> str:
    """Who should run a server when root calls: the first of these users there is. Empty for anybody else."""
    if os.geteuid() != 0:
        return ""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in names if name in known), "")


def as_user(name: str) -> dict[str, Any]:
    """Options of a child process that runs as that user."""
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []} if name else {}


SERVICES = {
    "opensearch": Service("opensearch", opensearch),
    "postgres": Service("postgres", postgres),
    "redis": Service("redis", redis),
}

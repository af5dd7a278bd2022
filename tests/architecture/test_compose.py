"""docker-compose.yml and the Dockerfile say what is so: settings and commands that exist, and the promises of their comments."""

import re
import tomllib

import click
import pytest
import yaml

from core.settings import FROM_FILE, Settings
from search.engines.opensearch.checks import OLDEST
from tests.architecture.source import ROOT
from webapp.cli.program import cli

TEXT = (ROOT / "docker-compose.yml").read_text()
FILE = yaml.safe_load(TEXT)
SERVICES = FILE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
OURS = ("web", "worker", "scheduler", "migrate")
SETTINGS = {f"IPCU_{name.upper()}" for name in Settings.model_fields}
SET_UP = {"IPCU_TORCH"}
VARIABLE = re.compile(r"\bIPCU_[A-Z0-9_]+")
IMAGE = re.compile(r"[a-z][a-z0-9./-]*:\d[\w.-]*\.[\w.-]*")
ONCE = ("migrate",)
"""Services that end."""


def unknown(text):
    """Variables of ours that nothing reads."""
    names = set(VARIABLE.findall(text))
    return sorted(
        name for name in names if name.removesuffix(FROM_FILE) not in SETTINGS and name not in SETTINGS | SET_UP
    )


def command_of(words):
    """The command that the words call; None when there is none."""
    found = cli
    for word in words[1:]:
        if not isinstance(found, click.Group) or word not in found.commands:
            return None
        found = found.commands[word]
    return found if words[0] == "ipcu" and not isinstance(found, click.Group) else None


@pytest.mark.parametrize("text", [TEXT, DOCKERFILE], ids=["compose", "dockerfile"])
def test_every_variable_is_a_setting(text):
    assert not unknown(text), f"Nothing reads {unknown(text)}."


def test_a_variable_that_nothing_reads_is_seen():
    assert unknown("IPCU_PORT IPCU_SECRET_KEY_FILE IPCU_PROT IPCU_TORCH") == ["IPCU_PROT"]


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name):
    assert command_of(SERVICES[name]["command"]), f"{name} calls {SERVICES[name]['command']}, which is no command."


def test_a_command_that_does_not_exist_is_seen():
    assert not command_of(["ipcu", "database", "upgarde"])
    assert not command_of(["ipcu", "database"])
    assert not command_of(["python", "serve"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_looked_after(name):
    said = SERVICES[name]
    assert "mem_limit" in said, f"{name} may take all memory of the machine."
    assert said["logging"]["options"]["max-size"], f"{name} may fill the disk with its log."
    assert said["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in said["security_opt"]
    if name in ONCE:
        assert said["restart"] == "no"
        assert said["healthcheck"] == {"disable": True}
    else:
        assert said["restart"] == "unless-stopped"
        assert said["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name):
    assert IMAGE.fullmatch(SERVICES[name]["image"]), f"{name} runs whatever {SERVICES[name]['image']} means that day."


def test_an_image_that_is_not_pinned_is_seen():
    assert not any(IMAGE.fullmatch(image) for image in ("nginx", "nginx:latest", "nginx:1", "nginx:stable-alpine"))


def test_the_image_is_built_on_pinned_ones():
    bases = [base for base in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) if base != "dependencies"]
    assert bases
    assert all(IMAGE.fullmatch(base) for base in bases)
    assert len(set(bases)) == 1, "A virtual environment works with the interpreter it was made for."


def test_our_image_is_of_this_version():
    assert {SERVICES[name]["image"] for name in OURS} == {f"ipcu-knowledge-exchange:{VERSION}"}


@pytest.mark.parametrize("name", OURS)
def test_ours_cannot_write_and_are_nobody(name):
    assert SERVICES[name]["read_only"] is True
    user = SERVICES[name]["user"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert f"USER {user}" in DOCKERFILE
    assert any(mount.startswith("/tmp:size=") for mount in SERVICES[name]["tmpfs"])


def test_nobody_but_the_proxy_is_reached_from_outside():
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["proxy"]
    inner = {name for name, said in FILE["networks"].items() if said.get("internal")}
    for name, said in SERVICES.items():
        assert said["networks"], name
        assert name == "proxy" or set(said["networks"]) <= inner, f"{name} is on a network that leads outside."
        assert not {"network_mode", "privileged", "pid", "cap_add", "devices"} & set(said), name


def test_a_service_reaches_what_its_settings_name_and_no_other_server():
    for name in OURS:
        said = SERVICES[name]
        hosts = set(re.findall(r"://(?:\w+@)?(\w+):\d+", " ".join(said.get("environment", {}).values())))
        reached = {
            one for one in ("postgres", "redis", "opensearch") if set(SERVICES[one]["networks"]) & set(said["networks"])
        }
        assert hosts == reached, f"{name} is set to use {hosts} and is on a network with {reached}."
        waits = set(said["depends_on"]) - {"migrate"}
        assert waits <= hosts or name == "web", f"{name} waits for {waits - hosts}, which it does not use."


def test_secrets_come_from_files_and_each_service_has_those_it_reads():
    for name in OURS:
        said = SERVICES[name]
        files = {
            value for key, value in said["environment"].items() if key.endswith(FROM_FILE) and "/secrets/" in value
        }
        assert {f"/run/secrets/{secret}" for secret in said["secrets"]} == files
        bare = [
            key
            for key in said["environment"]
            if re.search(r"PASSWORD|SECRET|API_KEY", key) and not key.endswith(FROM_FILE)
        ]
        assert not bare, f"{name} has {bare} in its environment."
    prepared = (ROOT / "scripts" / "prepare_deploy.sh").read_text()
    for secret in FILE["secrets"].values():
        assert secret["file"].rpartition("/")[2] in prepared
        assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text()


def test_the_search_server_is_one_that_the_engine_takes():
    version = tuple(map(int, SERVICES["opensearch"]["image"].rpartition(":")[2].split(".")))
    assert version[:2] >= OLDEST
    node = (ROOT / "dev" / "opensearch" / "pom.xml").read_text()
    tried = re.search(r"<opensearch.version>([\d.]+)\.0<", node)
    assert tried
    assert ".".join(map(str, version)) == tried[1], "Deployed is what the tests run against."


def test_the_proxy_takes_a_little_more_than_the_largest_upload():
    limit = re.search(r"client_max_body_size (\d+)m;", NGINX)
    assert limit
    assert int(limit[1]) == int(SERVICES["web"]["environment"]["IPCU_UPLOAD_MB"]) + 2
    assert "location = /metrics" in NGINX


def test_the_build_sees_nothing_but_what_it_needs():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*", "Everything stays out but what is named."
    named = [rule[1:].rstrip("/") for rule in rules if rule.startswith("!")]
    assert all((ROOT / path).exists() for path in named)
    assert not {"deploy", "var", "tests", ".git", "docs"} & set(named)
    assert not re.search(r"PASSWORD|SECRET|TOKEN", DOCKERFILE)

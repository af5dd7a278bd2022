"""What is shipped is what is in the tree; what is committed says nothing about the machine it was made on."""

import json
import re
import tomllib

import pytest

from tests.architecture.source import PACKAGES, ROOT, files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGED = PROJECT["tool"]["setuptools"]
LOCKS = ("requirements.txt", "scripts/requirements-bootstrap.txt", "scripts/requirements-node.txt")
# In pieces, so that this file does not name them either.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("download", "pytorch", "org"),
        ("deb", "debian", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
    )
]
OF_A_MACHINE = re.compile(
    "|".join([*map(re.escape, HOSTS), r"(?<![\w./-])/(?:work|root|opt/wheels|home/\w+)(?:/|(?=[\s\"'`]))"])
)


def test_pyproject_lists_every_package():
    tree = sorted({path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in package_files("__init__.py")})
    assert sorted(PACKAGED["packages"]) == tree, "List every package in [tool.setuptools] packages, and no other."


def test_every_folder_with_code_is_a_package():
    bare = sorted({str(path.parent) for path in package_files(".py") if not (path.parent / "__init__.py").exists()})
    assert not bare, f"No __init__.py in {bare}: an installed copy would lack these modules."


def test_every_other_file_is_shipped():
    shipped = {path for pattern in PACKAGED["package-data"]["webapp"] for path in (ROOT / "webapp").glob(pattern)}
    lost = [
        str(path)
        for path in files()
        if path.relative_to(ROOT).parts[0] in PACKAGES and path.suffix not in {".py", ".md"} and path not in shipped
        if path.suffix not in {".po", ".pot"}
    ]
    assert not lost, f"[tool.setuptools.package-data] does not cover {lost}: an installed copy would lack them."


@pytest.mark.parametrize("name", LOCKS)
def test_requirements_have_hashes_and_no_address(name):
    text = (ROOT / name).read_text()
    assert not re.search(r"://|--index-url|--find-links|--extra-index", text), (
        f"{name} holds an address. Which registry serves a package is the machine's affair: make lock."
    )
    bare = unhashed(text)
    assert not bare, f"{name} has no hash for {bare}: make lock."


def test_a_requirement_without_a_hash_is_seen():
    assert unhashed("a==1 \\\n    --hash=sha256:00\nb==2\n    # via a\n") == ["b"]


def unhashed(text):
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    return [block.split("==")[0] for block in blocks if block[:1].isalnum() and "--hash=sha256:" not in block]


def test_the_npm_lock_has_no_download_address():
    found = addresses(json.loads((ROOT / "package-lock.json").read_text()))
    assert not found, (
        f"package-lock.json names where packages came from ({found[:3]}): npm's omit-lockfile-registry-resolved."
    )


def test_a_download_address_is_seen():
    assert addresses({"packages": {"node_modules/a": {"resolved": "https://x.invalid/a.tgz"}}}) == [
        "https://x.invalid/a.tgz"
    ]
    assert not addresses({"funding": {"url": "https://x.invalid/"}, "integrity": "sha512-x"})


def addresses(part):
    """Every `resolved` below a part of a lock file that is an address."""
    if isinstance(part, list):
        return [found for item in part for found in addresses(item)]
    if not isinstance(part, dict):
        return []
    own = [part["resolved"]] if "://" in str(part.get("resolved", "")) else []
    return own + [found for item in part.values() for found in addresses(item)]


def test_no_file_names_a_registry_or_this_machine():
    found = [f"{path.relative_to(ROOT)}: {text}" for path in files() for text in of_a_machine(text_of(path))]
    assert not found, "Nothing committed may say where it was made or which registry served it:\n" + "\n".join(found)


@pytest.mark.parametrize("text", [f"see https://{HOSTS[0]}/x", "cd " + "/wo" + "rk/main", '"/ro' + 'ot"'])
def test_a_trace_of_a_machine_is_seen(text):
    assert of_a_machine(text)


@pytest.mark.parametrize("text", ["/workshops/7", "a/work/b", "https://example.org/root/x", "/rooted"])
def test_an_ordinary_path_is_not_a_trace(text):
    assert not of_a_machine(text)


def of_a_machine(text):
    return [found[0] for found in OF_A_MACHINE.finditer(text)]


def text_of(path):
    """The text of a file; nothing for one that is not text."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def package_files(ending):
    return [path for path in files() if path.relative_to(ROOT).parts[0] in PACKAGES and path.name.endswith(ending)]


def test_there_is_one_version_number():
    version = PROJECT["project"]["version"]
    image = re.search(r"image: ipcu-knowledge-exchange:(\S+)", (ROOT / "docker-compose.yml").read_text())
    assert image
    assert image[1] == version
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(), "What is released has an entry."

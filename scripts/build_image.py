"""What the Dockerfile runs to fill the image, in two steps, so that a change of the product does not move what it needs.

    python scripts/build_image.py dependencies /app     # /app/venv: what the product needs to run, by hash
    python scripts/build_image.py product /app          # /app/site: the product, with browser assets and translations

Nothing here knows of containers. uv and Node.js are installed into `.venv`, as by `make setup`, and stay behind in the stage
that builds. `IPCU_TORCH=cpu` takes another build of torch (see README).
"""

import argparse
import os
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import set_up

NAME = re.compile(r"[A-Za-z0-9._-]+")
NEEDED_BY = re.compile(r"^    # +(?:via +)?([A-Za-z0-9._-]+)\b", re.MULTILINE)


def main() -> int:
    """Run one step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("dependencies", "product"))
    parser.add_argument("directory", type=Path)
    options = parser.parse_args()
    if options.step == "dependencies":
        install_dependencies(options.directory, os.environ.get("IPCU_TORCH", ""))
    else:
        install_product(options.directory)
    return 0


def install_dependencies(app: Path, torch: str) -> None:
    """A virtual environment with what the product needs: of requirements.txt, all but the tools of its developers."""
    set_up.make_environment()
    set_up.run(set_up.UV, "venv", "--quiet", "--no-project", "--python", sys.executable, app / "venv")
    blocks = set_up.requirement_blocks(set_up.REQUIREMENTS.read_text())
    wanted = closure(blocks, products_own(set_up.ROOT / "pyproject.toml"))
    chosen = set_up.VENV / "requirements-image.txt"
    chosen.write_text("".join(block for block in wanted if not torch or not set_up.OF_TORCH.match(block)))
    set_up.say(f"Installing {len(wanted)} packages")
    pip_install(app, "--require-hashes", "--no-deps", "-r", chosen)
    if torch:
        set_up.say(f"Installing torch for {torch} from its own index")
        pip_install(app, "--no-deps", "--torch-backend", torch, f"torch=={set_up.version_of('torch', blocks)}")
    packages = next((app / "venv").glob("lib/python*/site-packages"))
    # Not PYTHONPATH: so it holds however Python is started, and what is started inherits no path.
    (packages / "ipcu.pth").write_text(f"{app / 'site'}\n")


def install_product(app: Path) -> None:
    """The product itself, made whole before it is packed. Needs what `install_dependencies` made."""
    python = app / "venv" / "bin" / "python"
    set_up.say("Installing Node.js for the browser assets")
    set_up.pip_install("--require-hashes", "--no-deps", "-r", set_up.NODE)
    set_up.run(python, "-m", "webapp.assets")
    set_up.run(app / "venv" / "bin" / "pybabel", "--quiet", "compile", "-d", "webapp/translations")
    set_up.say("Installing the product")
    pip_install(app, "--no-deps", "--no-build-isolation", "--target", app / "site", set_up.ROOT)


def pip_install(app: Path, *arguments: str | Path) -> None:
    """Install for the image; compiled, because nobody can write there later."""
    python = app / "venv" / "bin" / "python"
    set_up.run(set_up.UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *arguments)


def products_own(pyproject: Path) -> set[str]:
    """The packages that the product itself asks for."""
    asked = tomllib.loads(pyproject.read_text())["project"]["dependencies"]
    return {name_of(requirement) for requirement in asked}


def closure(blocks: Iterable[str], roots: set[str]) -> list[str]:
    """The blocks of a compiled requirements file that `roots` need, by what the file says of who needs whom."""
    named = [(name_of(block), block) for block in blocks]  # a package may stand there once for each version of Python
    if missing := roots - {name for name, _ in named}:
        raise SystemExit(f"requirements.txt does not name {', '.join(sorted(missing))}: make lock.")
    needed_by = [(name, {normal(one) for one in NEEDED_BY.findall(block)}) for name, block in named]
    wanted, found = set(roots), roots
    while found:
        found = {name for name, users in needed_by if name not in wanted and users & wanted}
        wanted |= found
    return [block for name, block in named if name in wanted]


def name_of(requirement: str) -> str:
    """The name of a requirement, as indexes compare it."""
    found = NAME.match(requirement)
    return normal(found[0]) if found else ""


def normal(name: str) -> str:
    """`Foo.Bar` and `foo-bar` are one package."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    raise SystemExit(main())

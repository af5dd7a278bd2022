"""Make `.venv` ready: dependencies by hash, the project itself, browser assets, translations.

Needs Python 3.11 and nothing else. Every step is skipped when what it was made from has not changed, so a second call
takes a fraction of a second. `IPCU_TORCH=cpu` takes another build of torch (see README).
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
UV = BIN / "uv"
REQUIREMENTS = ROOT / "requirements.txt"
BOOTSTRAP = ROOT / "scripts" / "requirements-bootstrap.txt"
NODE = ROOT / "scripts" / "requirements-node.txt"
# The build of torch for CUDA brings these along; another build does not want them.
OF_TORCH = re.compile(r"(torch|triton|nvidia-[\w-]+|cuda-[\w-]+)==")


def main() -> int:
    """Run the steps in order. Returns an exit status and explains a failure in one line."""
    if sys.version_info < (3, 11):  # noqa: UP036  whoever has an older one meets this line first
        print(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 ...")
        return 1
    try:
        make_environment()
        install_dependencies(os.environ.get("IPCU_TORCH", ""))
        build_assets()
        compile_translations()
    except subprocess.CalledProcessError as error:
        print(f"Set-up stopped: {' '.join(map(str, error.cmd))} ended with status {error.returncode}.", file=sys.stderr)
        return 1
    return 0


def make_environment() -> None:
    """The virtual environment, with uv in it."""
    if not PYTHON.exists():
        say("Making .venv")
        if VENV.exists():
            shutil.rmtree(VENV)
        run(sys.executable, "-m", "venv", VENV)
    if is_fresh("bootstrap", [BOOTSTRAP]) and UV.exists():
        return
    say("Installing uv")
    run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", BOOTSTRAP)
    remember("bootstrap", [BOOTSTRAP])


def install_dependencies(torch: str) -> None:
    """What requirements.txt names, by hash, then the project itself."""
    inputs = [REQUIREMENTS, ROOT / "pyproject.toml"]
    if is_fresh("dependencies", inputs, torch):
        return
    say("Installing the dependencies (a few minutes the first time on a slow line: torch is large)")
    blocks = requirement_blocks(REQUIREMENTS.read_text())
    chosen = REQUIREMENTS
    if torch:
        chosen = VENV / "requirements-without-torch.txt"
        chosen.write_text("".join(block for block in blocks if not OF_TORCH.match(block)))
    # The file is the whole closure, so nothing is resolved here: what is not in it is not installed.
    pip_install("--require-hashes", "--no-deps", "-r", chosen)
    if torch:
        say(f"Installing torch for {torch} from its own index")
        pip_install("--no-deps", "--torch-backend", torch, f"torch=={version_of('torch', blocks)}")
    pip_install("--no-deps", "--no-build-isolation", "--editable", ROOT)
    remember("dependencies", inputs, torch)


def requirement_blocks(text: str) -> list[str]:
    """A compiled requirements file, one string for each requirement with its hashes."""
    return [block for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE) if block[:1].isalnum()]


def version_of(name: str, blocks: Iterable[str]) -> str:
    """The pinned version of a requirement."""
    for block in blocks:
        found = re.match(rf"{re.escape(name)}==(\S+)", block)
        if found:
            return found[1]
    raise SystemExit(f"requirements.txt does not name {name}.")


def build_assets() -> None:
    """Copy Bootstrap, htmx and the rest from npm packages to where the server serves them."""
    inputs = [ROOT / "package.json", ROOT / "package-lock.json", ROOT / "webapp" / "assets.py"]
    if is_fresh("assets", inputs) and (ROOT / "webapp" / "static" / "vendor").is_dir():
        return
    if not shutil.which("npm", path=search_path()):
        say("No npm on this machine: installing Node.js into .venv")
        pip_install("--require-hashes", "--no-deps", "-r", NODE)
    say("Fetching the browser assets")
    run(PYTHON, "-m", "webapp.assets")
    remember("assets", inputs)


def compile_translations() -> None:
    """Turn the catalogues of translators into what Flask-Babel reads."""
    folder = ROOT / "webapp" / "translations"
    catalogues = sorted(folder.glob("*/LC_MESSAGES/*.po"))
    if not catalogues:
        return
    compiled = all(path.with_suffix(".mo").exists() for path in catalogues)
    if compiled and is_fresh("translations", catalogues):
        return
    say("Compiling the translations")
    run(BIN / "pybabel", "--quiet", "compile", "-d", folder)
    remember("translations", catalogues)


def is_fresh(step: str, inputs: Iterable[Path], *more: str) -> bool:
    """Whether the step last ran on exactly these inputs. By content: a checkout changes times and nothing else."""
    stamp = VENV / f".ready-{step}"
    return stamp.exists() and stamp.read_text() == digest(inputs, *more)


def remember(step: str, inputs: Iterable[Path], *more: str) -> None:
    """The step is done for these inputs."""
    (VENV / f".ready-{step}").write_text(digest(inputs, *more))


def digest(inputs: Iterable[Path], *more: str) -> str:
    """One digest of the files' contents and the further words."""
    total = hashlib.sha256(repr(more).encode())
    for path in inputs:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def pip_install(*arguments: str | Path) -> None:
    """Install into .venv with uv."""
    run(UV, "pip", "install", "--quiet", "--python", PYTHON, *arguments)


def search_path() -> str:
    """PATH with the programs of .venv first."""
    return os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])


def run(*command: str | Path) -> None:
    """Run a program in the project's directory; raises CalledProcessError when it fails."""
    subprocess.run(command, cwd=ROOT, check=True, stdin=subprocess.DEVNULL, env=os.environ | {"PATH": search_path()})


def say(text: str) -> None:
    """Tell the person what is happening, before it takes time."""
    print(f"==> {text}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())

"""What goes into the image: everything the product imports, none of what only its developers use."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[3] / "scripts"
LOCK = """# made by a tool
alpha==1 \\
    --hash=sha256:00
    # via the-product (pyproject.toml)
beta-core==2 ; python_full_version < '3.12' \\
    --hash=sha256:00
    # via
    #   Alpha
    #   tester
beta_core==3 ; python_full_version >= '3.12' \\
    --hash=sha256:00
    # via
    #   alpha
    #   tester
gamma==1 \\
    --hash=sha256:00
    # via beta.core
tester==1 \\
    --hash=sha256:00
    # via the-product (pyproject.toml)
tools==1 \\
    --hash=sha256:00
    # via tester
"""


@pytest.fixture(scope="module")
def build() -> ModuleType:
    sys.path.insert(0, str(SCRIPTS))
    try:
        return importlib.import_module("build_image")
    finally:
        sys.path.remove(str(SCRIPTS))


def test_the_closure_follows_who_needs_whom(build: ModuleType) -> None:
    found = build.closure(build.set_up.requirement_blocks(LOCK), {"alpha"})
    assert [block.split(" ")[0] for block in found] == ["alpha==1", "beta-core==2", "beta_core==3", "gamma==1"]
    assert all("--hash=sha256:" in block for block in found)


def test_a_requirement_without_a_pin_is_refused(build: ModuleType) -> None:
    with pytest.raises(SystemExit, match="does not name delta: make lock"):
        build.closure(build.set_up.requirement_blocks(LOCK), {"alpha", "delta"})


def test_the_image_holds_what_the_product_needs_and_no_tool(build: ModuleType) -> None:
    blocks = build.set_up.requirement_blocks(build.set_up.REQUIREMENTS.read_text())
    asked = build.products_own(build.set_up.ROOT / "pyproject.toml")
    names = {build.name_of(block) for block in build.closure(blocks, asked)}
    assert asked <= names
    assert {"torch", "sqlalchemy", "babel", "werkzeug", "setuptools"} <= names
    assert "reportlab" in names, "certificates are PDF files"
    assert "python-docx" not in names, "the demo alone needs it"
    assert not {"pytest", "playwright", "ruff", "mypy", "hypothesis", "uv"} & names


def test_another_build_of_torch_leaves_its_own_companions_out(build: ModuleType) -> None:
    of_torch = build.set_up.OF_TORCH
    assert of_torch.match("torch==2.15.0 \\")
    assert of_torch.match("nvidia-cublas==13.4.1.3 ; sys_platform == 'linux' \\")
    assert not of_torch.match("torchvision==1 \\")

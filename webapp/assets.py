"""Browser assets: fetched from npm at set-up into `static/vendor`, served with addresses that carry a content digest.

`python -m webapp.assets` does the fetching; nothing third-party is committed and no page loads anything from elsewhere.
"""

import gzip
import hashlib
import mimetypes
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import click
from flask import Flask, Request, Response, g, request, send_file, send_from_directory, url_for
from markupsafe import Markup
from werkzeug.security import safe_join

STATIC = Path(__file__).resolve().parent / "static"
FILES = {
    "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap.rtl.min.css": "bootstrap/dist/css/bootstrap.rtl.min.css",
    "bootstrap.bundle.min.js": "bootstrap/dist/js/bootstrap.bundle.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "licences/bootstrap.txt": "bootstrap/LICENSE",
    "licences/bootstrap-icons.txt": "bootstrap-icons/LICENSE",
    "licences/htmx.txt": "htmx.org/LICENSE",
}
"""File in `static/vendor` to its place in `node_modules`."""
ICONS = tuple(
    re.findall(
        r"\S+",
        """
    archive at arrow-clockwise arrow-left arrow-right arrow-up-right arrows-angle-expand award bell bell-fill
    book bookmark bookmark-fill box-arrow-right building calendar-event chat-left-text check-circle check-lg
    check-square-fill check2 check2-circle check2-square chevron-down chevron-left chevron-right clipboard clock
    clock-history cloud-slash code dash-circle database download envelope exclamation-circle exclamation-triangle
    eye eye-slash file-earmark file-earmark-pdf file-earmark-slides file-earmark-text file-earmark-word
    filter flag folder2-open funnel gear geo-alt globe hand-thumbs-down hand-thumbs-up hand-thumbs-up-fill heart-pulse
    hourglass-split house inbox info-circle journal-plus journal-text key life-preserver lightbulb link-45deg
    list list-check list-ol list-ul lock megaphone moon paperclip patch-check pencil pencil-square people person person-badge
    person-check pin-angle plus-circle plus-lg plus-slash-minus printer question-circle question-lg quote reply
    search send shield-check shield-lock sliders sort-down square star star-fill stars sun tag tags three-dots translate
    type-bold type-h2 type-italic
    trash check2 check2-circle check-square-fill pencil-square square unlock upload x-circle x-lg x-octagon
    airplane bar-chart diagram-3 door-closed door-open kanban person-plus ui-checks
    """,
    )
)
"""Icons in our sprite: the whole set would weigh a megabyte. A test compares them with the templates."""
SYMBOL = re.compile(r'<symbol[^>]*?viewBox="([^"]+)"[^>]*?id="([^"]+)"[^>]*>(.*?)</symbol>', re.DOTALL)
PACKABLE = frozenset({".css", ".js", ".svg"})
SOURCE_MAP = re.compile(rb"/[/*]# sourceMappingURL=\S+( \*/)?\s*$")


class AssetsError(Exception):
    """The assets cannot be made; the message says what to do."""


def build_assets(root: Path) -> bool:
    """Make `static/vendor` from what `root/package-lock.json` names. False when it is up to date already."""
    vendor = STATIC / "vendor"
    stamp = vendor / ".stamp"
    wanted = _digest_of(root / "package.json", root / "package-lock.json", Path(__file__))
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    _run_npm(root)
    fresh = vendor.with_name(".vendor-new")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, source in FILES.items():
        _write(fresh / name, SOURCE_MAP.sub(b"", (root / "node_modules" / source).read_bytes()))
    symbols = (root / "node_modules" / "bootstrap-icons" / "bootstrap-icons.svg").read_text("utf-8")
    _write(fresh / "icons.svg", make_sprite(symbols, ICONS).encode())
    (fresh / ".stamp").write_text(wanted)
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.rename(vendor)
    return True


def make_sprite(symbols: str, names: tuple[str, ...]) -> str:
    """An SVG sprite with the named symbols only. Raises AssetsError for a name that is not there."""
    found = {name: (box, body) for box, name, body in SYMBOL.findall(symbols)}
    missing = [name for name in names if name not in found]
    if missing:
        raise AssetsError(f"bootstrap-icons has no icon {', '.join(missing)}.")
    parts = [f'<symbol id="{name}" viewBox="{found[name][0]}">{found[name][1]}</symbol>' for name in sorted(names)]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>\n'


def main() -> int:
    """Entry point of `python -m webapp.assets`. Returns an exit status."""
    try:
        is_new = build_assets(STATIC.parent.parent)
    except AssetsError as error:
        click.echo(f"Browser assets: {error}", err=True)
        return 1
    click.echo("Browser assets: made webapp/static/vendor." if is_new else "Browser assets: up to date.")
    return 0


def register_assets(app: Flask) -> None:
    """Serve `static/` under the endpoint `static`, and give templates `asset_url`."""
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=serve_static)
    app.jinja_env.globals.update(asset_url=asset_url, icon_markup=icon_markup)
    if not (STATIC / "vendor").is_dir():
        app.logger.warning("Browser assets are missing, pages will look bare. Run: make setup")


def asset_url(name: str) -> str:
    """Address of a static file, with a digest of its content so that a browser may keep it for good."""
    known: dict[str, str] = g.setdefault("asset_urls", {})
    # A page of results names the sprite of icons some seventy times.
    if name not in known:
        known[name] = _address(request.script_root, name, digest_of(name))
    return known[name]


@lru_cache(maxsize=1024)
def _address(_script_root: str, name: str, digest: str) -> str:
    return url_for("static", filename=name, v=digest or None)


def icon_markup(name: str, title: str = "", **attributes: str) -> Markup:
    """An icon of the sprite, with a further `class` if given. It says nothing to screen readers; give `title` when it stands alone."""
    return _icon(asset_url("vendor/icons.svg"), name, str(title), attributes.get("class", ""))


@lru_cache(maxsize=1024)
def _icon(sprite: str, name: str, title: str, further: str) -> Markup:
    label = Markup('role="img" aria-label="{}"').format(title) if title else Markup('aria-hidden="true"')
    return Markup('<svg class="{}" {} focusable="false"><use href="{}#{}"/></svg>').format(
        f"icon {further}".rstrip(), label, sprite, name
    )


def digest_of(name: str) -> str:
    """Short digest of a static file's content; empty when there is no such file."""
    path = safe_join(str(STATIC), name)
    try:
        changed = Path(path).stat().st_mtime_ns if path else 0
    except OSError:
        return ""
    return _digest_at(Path(path), changed) if path else ""


def is_immutable(request: Request) -> bool:
    """True for a static file asked for by the digest of its present content."""
    asked = request.args.get("v")
    return bool(asked) and asked == digest_of(str((request.view_args or {}).get("filename", "")))


def serve_static(filename: str) -> Response:
    """A static file; compressed when the browser takes that, by the copy beside it or once in each process."""
    kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    packed = _packed(filename) if request.accept_encodings["gzip"] > 0 else None
    if packed is None:
        response = send_from_directory(STATIC, filename, mimetype=kind)
    else:
        response = send_file(BytesIO(packed), mimetype=kind, etag=f"{digest_of(filename)}-gzip", conditional=True)
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


def _packed(filename: str) -> bytes | None:
    """A style, script or picture of lines, compressed; None for everything that would not become smaller."""
    path = safe_join(str(STATIC), filename)
    if path is None or Path(path).suffix not in PACKABLE or not Path(path).is_file():
        return None
    return _packed_at(Path(path), Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _packed_at(path: Path, _changed: int) -> bytes:
    beside = path.with_name(f"{path.name}.gz")
    return beside.read_bytes() if beside.is_file() else gzip.compress(path.read_bytes(), 9, mtime=0)


@lru_cache(maxsize=256)
def _digest_at(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _digest_of(*paths: Path) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _write(path: Path, data: bytes) -> None:
    """The file, and a compressed copy for browsers that take one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if path.suffix != ".txt":
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))


def _run_npm(root: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise AssetsError("npm is not on this machine. Install Node.js, or run `make setup`, which brings its own.")
    click.echo("Browser assets: npm fetches Bootstrap, its icons and htmx ...")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise AssetsError(f"npm ci ended with status {done.returncode}:\n{(done.stderr or done.stdout).strip()}")


if __name__ == "__main__":
    sys.exit(main())

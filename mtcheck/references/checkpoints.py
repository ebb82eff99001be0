"""What families of models have in common: finding a checkpoint, hashing it, reading what its card states."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import base_language, language_name
from mtcheck.core.results import ModelCard
from mtcheck.references.base import ReferenceModel
from mtcheck.references.quiet import quiet

if TYPE_CHECKING:
    import torch

_Model = TypeVar("_Model")

LOCAL = "local"
"""The revision of a model in a folder."""

WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")
"""Files of weights, the preferred format first."""

# Of whatever framework: what a model's own weights are is on its card.
_SUFFIXES_OF_WEIGHTS = frozenset({".bin", ".ckpt", ".h5", ".msgpack", ".onnx", ".ot", ".pt", ".pth", ".safetensors"})

# Relative positions (T5) have no limit, but attention takes memory with the square of the length.
_LIMIT_WHERE_NONE_IS_STATED = 1024
_POSITIONS_AFTER_PADDING = frozenset({"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert"})

# `CC-BY-NC-4.0` and its kin.
_NON_COMMERCIAL = re.compile(r"(?i)\bnc\b|non-?commercial")


class CheckpointModel(ReferenceModel):
    """A model made of a checkpoint, which has the languages that its card states.

    `_card`, and in `_conditions` what its answers depend on beside that, are set where it is made.
    """

    _card: ModelCard
    _conditions: Mapping[str, object]

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def conditions(self) -> Mapping[str, object]:
        return self._conditions

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        return not_known(self._card, source_lang, target_lang)


def find(family: str, identifier: str, revision: str | None) -> tuple[Path, str]:
    """A checkpoint's folder and revision: a commit of the hub, or `local`. Raises MODEL_NOT_FOUND."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(identifier).expanduser()
        if identifier and folder.is_dir():
            return folder, LOCAL
        # Errors for a name that cannot be, and for a model that is not in the cache.
        folder = Path(snapshot_download(identifier, revision=revision, local_files_only=True))
    except (OSError, ValueError) as error:
        raise MtcheckError(
            Code.MODEL_NOT_FOUND,
            "the model is neither a folder nor in the local hub cache",
            where=f"{family}:{identifier}",
            mend=f"Run mtcheck models pull {family}:{identifier}, or give a local folder",
        ) from error
    return folder, folder.name


def with_tokenizer(where: str, folder: Path, file: str, of: str) -> Path:
    """The folder with the tokenizer that `file` is part of: the model's own, else that of the model `of` in the cache.

    Raises MODEL_NOT_FOUND, with how to get it.
    """
    try:
        inner = folder if (folder / file).is_file() else find("", of, None)[0]
        if (inner / file).is_file():
            return inner
    except MtcheckError:
        pass
    raise MtcheckError(
        Code.MODEL_NOT_FOUND,
        f"the tokenizer that it needs, of {of}, is not in the local hub cache",
        where=where,
        mend=f"Run mtcheck models pull {where}, or put it ({file} and what belongs to it) into the model's folder",
    )


def cached() -> Iterator[tuple[str, Path]]:
    """Hub id and folder of each checkpoint in the local hub cache, of the branch `main` where there is one."""
    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        found = scan_cache_dir(constants.HF_HUB_CACHE)
    except CacheNotFound:
        return
    for repository in sorted(found.repos, key=lambda repository: repository.repo_id):
        newest = sorted(repository.revisions, key=lambda revision: ("main" in revision.refs, revision.last_modified))
        if repository.repo_type == "model" and newest:
            yield repository.repo_id, newest[-1].snapshot_path


def opened(
    model: Callable[[str, Path, str, ModelConfig], _Model], family: str, identifier: str, config: ModelConfig
) -> _Model:
    """The model made of the checkpoint that `identifier` names.

    Raises MODEL_NOT_FOUND; MODEL_UNUSABLE for whatever else goes wrong; what `model` itself says of it.
    """
    folder, revision = find(family, identifier, config.revision)
    try:
        with quiet():
            return model(identifier, folder, revision, config)
    except MtcheckError:
        raise
    except Exception as error:  # Neither torch nor transformers says what it raises for a bad checkpoint.
        raise unusable(f"{family}:{identifier}", first_line(error)) from error


def fetch(family: str, identifier: str, revision: str | None, wanted: Sequence[str], weights: Sequence[str]) -> Path:
    """Fetch a checkpoint's `wanted` files and weights from the hub into the local cache; its folder there.

    Args:
        weights: patterns of files of weights; those of the first that the hub has are fetched, the others never.

    Raises MtcheckError: MODEL_NOT_FOUND if the hub has no such model; MODEL_UNUSABLE if it cannot be fetched (no
    network, a gated model) or has no such weights.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

    where = f"{family}:{identifier}"
    try:
        for pattern in weights:
            folder = Path(snapshot_download(identifier, revision=revision, allow_patterns=[*wanted, pattern]))
            if any(folder.glob(pattern)):
                return folder
    except (HFValidationError, RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise MtcheckError(
            Code.MODEL_NOT_FOUND,
            f"the Hugging Face hub has no such model ({first_line(error)})",
            where=where,
            mend="Check the name and the revision; a private model needs 'hf auth login'",
        ) from error
    except Exception as error:  # The hub client lets its HTTP library's errors through.
        raise MtcheckError(
            Code.MODEL_UNUSABLE,
            f"the model could not be fetched ({first_line(error)})",
            where=where,
            mend="Check the network, or copy the model's folder here and give its path",
        ) from error
    raise unusable(where, "it has no PyTorch weights")


def unusable(where: str, why: str, *, mend: str = "Choose another, or pull or copy it again") -> MtcheckError:
    """The error for a model that is there and cannot be used."""
    return MtcheckError(Code.MODEL_UNUSABLE, f"the model cannot be used: {why}", where=where, mend=mend)


def first_line(error: Exception) -> str:
    """What kind of error it is, and the first line of what it says."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}".rstrip(".: ")


def device_and_dtype(config: ModelConfig) -> tuple[torch.device, str]:
    """Where a model runs and in which numbers: on a GPU, if there is one, in bfloat16.

    Where there is no device of the kind that is asked for it is the CPU, as the model's card then says.

    Raises MODEL_UNUSABLE for what is no device, and for a number that the machine has not.
    """
    import torch

    automatic = "cuda" if torch.cuda.is_available() else "cpu"
    absent = unusable("model.device", f"there is no '{config.device}'", mend="Write auto, cpu, cuda or cuda:N")
    try:
        device = torch.device(automatic if config.device == "auto" else config.device)
    except RuntimeError:
        raise absent from None
    if device.type != "cpu":
        here = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        if here is None or here.type != device.type:
            device = torch.device("cpu")
        elif (device.index or 0) >= torch.accelerator.device_count():
            raise absent
    automatic = "bfloat16" if device.type == "cuda" else "float32"
    return device, automatic if config.dtype == "auto" else config.dtype


def conditions_of(config: ModelConfig, device: torch.device, *folders: Path) -> dict[str, object]:
    """What a checkpoint's answers depend on beside its card: how it is run, where, and its files other than weights."""
    import torch

    on = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    hashes = {}
    for place, folder in enumerate(dict.fromkeys(folders)):
        for path in sorted((*folder.glob("*"), *folder.glob("*/*"))):
            name = path.relative_to(folder)
            hidden = any(part.startswith(".") for part in name.parts)
            if path.is_file() and path.suffix not in _SUFFIXES_OF_WEIGHTS and not hidden:
                hashes[f"{place}/{name.as_posix()}"] = hash_of([path])
    return {"batch_tokens": config.batch_tokens, "device": on, "files": hashes}


def longest_input(config: Any, tokenizer: Any) -> int:
    """Tokens that model and tokenizer both take. Where none is meant, tokenizers state 10^30 or nonsense."""
    positions = getattr(config, "max_position_embeddings", None)
    if positions and config.model_type in _POSITIONS_AFTER_PADDING:
        positions -= config.pad_token_id + 1
    stated = (positions, getattr(config, "n_positions", None), tokenizer.model_max_length)
    return min((limit for limit in stated if limit and 32 <= limit < 1e6), default=_LIMIT_WHERE_NONE_IS_STATED)


def weight_hash(*folders: Path) -> str:
    """SHA-256 of the weight files' bytes in the order of their names, folder by folder."""
    found = []
    for folder in folders:
        found += next((sorted(folder.glob(weights)) for weights in WEIGHTS if any(folder.glob(weights))), [])
    return hash_of(found)


def hash_of(paths: Iterable[Path]) -> str:
    """SHA-256 of the files' bytes, one after the other."""
    return _hash(tuple((path, path.stat().st_mtime_ns) for path in paths))


@lru_cache(maxsize=64)
def _hash(versions: tuple[tuple[Path, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _ in versions:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def front_matter(folder: Path) -> Mapping[str, Any]:
    """The metadata on top of the model card; empty where there are none that can be read."""
    from huggingface_hub import metadata_load

    try:
        return metadata_load(folder / "README.md") or {}
    except Exception:  # A missing or misspelt card does not make a model unusable.
        return {}


def licence(facts: Mapping[str, Any]) -> str:
    """An SPDX expression for the hub's name of a licence; `unknown` where none is stated."""
    stated = facts.get("license_name") or facts.get("license") or "unknown"
    names = stated if isinstance(stated, list) else [stated]
    spdx = {"apache-2.0": "Apache-2.0", "mit": "MIT"}
    return " AND ".join(spdx.get(name, name.upper() if name.startswith("cc") else name) for name in map(str, names))


def checked_licence(name: str, folder: Path, config: ModelConfig) -> str:
    """The licence that a checkpoint states, else the known one; `unknown` where there is neither.

    Raises LICENCE_NOT_ACCEPTED for a non-commercial one that the configuration does not accept.
    """
    stated = licence_of(name, folder)
    if _NON_COMMERCIAL.search(stated) and not {name, stated} & {*config.accept_license}:
        raise MtcheckError(
            Code.LICENCE_NOT_ACCEPTED,
            f"the model's licence is {stated}, for non-commercial use alone",
            where=name,
            mend=f'If that is your use, say so: accept_license = ["{name}"] under [model] in mtcheck.toml, '
            "or --accept-license",
        )
    return stated


def licence_of(name: str, folder: Path) -> str:
    """The licence that the checkpoint in a folder states, else the known one of a model `name`, or called so."""
    stated = licence(front_matter(folder))
    if stated != "unknown":
        return stated
    last = PurePosixPath(name.partition(":")[2]).name
    return next((model.licence for known, model in known_models().items() if known.rpartition("/")[2] == last), stated)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a model that is worth fetching. `licence` is an SPDX expression."""

    licence: str
    gigabytes: float
    about: str


@lru_cache(maxsize=1)
def known_models() -> Mapping[str, Known]:
    """Models worth fetching, by name."""
    text = (files(__package__) / "known.toml").read_text(encoding="utf-8")
    return {name: Known(**facts) for name, facts in tomllib.loads(text).items()}


def languages_of(folder: Path) -> tuple[str, ...] | None:
    """The languages that the card in a folder names; None where it names none, or says that it is multilingual."""
    stated = front_matter(folder).get("language")
    tags = stated if isinstance(stated, list) else [stated] if stated else []
    return None if {"multilingual", "mul"} & {*tags} else tuple(map(str, tags)) or None


def not_known(card: ModelCard, source_lang: str, target_lang: str) -> str | None:
    """Why a model has nothing to say about a language pair, by the languages on its card; None if it may have."""
    if card.languages is None:
        return None
    known = {*map(base_language, card.languages)}
    unknown = [tag for tag in dict.fromkeys((source_lang, target_lang)) if base_language(tag) not in known]
    return f"{card.name} does not know {' or '.join(map(language_name, unknown))}" if unknown else None


def encodable(text: str) -> str:
    """Tokenizers take no lone surrogates, which JSON can carry; offsets stay."""
    return text.encode("utf-8", "replace").decode("utf-8")

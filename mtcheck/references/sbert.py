"""`sbert:`: sentence-embedding models in the format of sentence-transformers, LaBSE and its kin.

What is judged is the cosine of the source's vector and the translation's: whether they mean much the same. The modules
of such a model (transformer, pooling, dense, normalize) are read from its folder and run with transformers alone; a
checkpoint's own code is never run, and pickled weights are read by torch's `weights_only` reader alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtcheck.core.config import ModelConfig
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Pair, Score
from mtcheck.references.base import REFERENCES, Capability, Present, Progress
from mtcheck.references.batching import batches, once, padded
from mtcheck.references.checkpoints import (
    LOCAL,
    WEIGHTS,
    CheckpointModel,
    cached,
    checked_licence,
    conditions_of,
    device_and_dtype,
    encodable,
    fetch,
    languages_of,
    licence_of,
    longest_input,
    opened,
    unusable,
    weight_hash,
)
from mtcheck.references.splitting import pieces

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

# Cosines are given to so many decimals: beyond them, floating point depends on the batch.
_DECIMALS = 5
_PULLED = ("*.json", "*.txt", "*.model", "README.md", "LICENSE*", "[1-9]_*/*")
_MODULES = "modules.json"
_LIMITS = "sentence_bert_config.json"
_PROMPTS = "config_sentence_transformers.json"

_Step = Callable[["torch.Tensor"], "torch.Tensor"]


@REFERENCES.register
class SbertModel(CheckpointModel):
    """A transformer, a pooling of its last layer, and what follows. `limit` is its longest input, in tokens."""

    name = "sbert"
    about = "sentence embeddings (LaBSE), hub id or local folder; cosine of source and translation"

    def __init__(self, identifier: str, folder: Path, revision: str, config: ModelConfig) -> None:
        import torch
        from transformers import (
            MODEL_FOR_TEXT_ENCODING_MAPPING,
            AutoConfig,
            AutoModel,
            AutoModelForTextEncoding,
            AutoTokenizer,
        )

        where = f"sbert:{identifier}"
        agreed = checked_licence(where, folder, config)
        device, dtype = device_and_dtype(config)
        offline: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        modules = _read(folder / _MODULES, [{"type": "Transformer", "path": ""}, {"type": "Pooling", "path": None}])
        kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
        paths = [None if module["path"] is None else folder / module["path"] for module in modules]
        if kinds[:2] != ["Transformer", "Pooling"] or paths[0] is None:
            raise unusable(where, f"it begins with {' and '.join(kinds[:2])}, not with Transformer and Pooling")
        inner = paths[0]
        limits = _read(inner / _LIMITS, {})
        prompts = _read(folder / _PROMPTS, {})
        self._lower_case = bool(limits.get("do_lower_case"))
        self._prompt: str = (prompts.get("prompts") or {}).get(prompts.get("default_prompt_name"), "")
        self._batch_tokens = config.batch_tokens
        self._conditions = conditions_of(config, device, folder)
        self._tokenizer: Any = AutoTokenizer.from_pretrained(inner, **offline)
        stated = AutoConfig.from_pretrained(inner, **offline)
        # Of T5, the encoder alone.
        kind = AutoModelForTextEncoding if type(stated) in MODEL_FOR_TEXT_ENCODING_MAPPING else AutoModel
        self._model, loading = kind.from_pretrained(
            inner, dtype=getattr(torch, dtype), output_loading_info=True, **offline
        )
        # transformers fills missing weights with random numbers. BERT's own pooler is not asked.
        if missing := sorted(key for key in loading["missing_keys"] if not key.startswith("pooler.")):
            raise unusable(where, f"{len(missing)} weights are missing, the first is {missing[0]}")
        self._model.to(device).eval()
        longest = longest_input(stated, self._tokenizer)
        self.limit: int = min(longest, limits.get("max_seq_length") or longest)
        pooling = _read(paths[1] / "config.json", {}) if paths[1] else {}
        if self._prompt and pooling.get("include_prompt") is False:
            raise unusable(where, "prompts that do not take part in the pooling are not supported")
        self._modes = _pooling_modes(pooling, where)
        self._steps = [
            _step(kind, path, device, dtype, where)
            for kind, path in zip(kinds[2:], paths[2:], strict=True)
            if path is not None
        ]
        name = folder.name if revision == LOCAL else identifier
        self._card = ModelCard(
            name=where,
            capabilities=(Capability.ESTIMATE.value,),
            revision=revision,
            weight_hash=weight_hash(inner, *(path for path in paths[1:] if path is not None)),
            dtype=dtype,
            device=str(device),
            licence=agreed,
            languages=languages_of(folder),
        )
        weights = self._card.weight_hash[:12]
        self._signature = f"estimate:cosine|model:{name}|revision:{revision}|weights:{weights}|dtype:{dtype}"

    @classmethod
    def load(cls, identifier: str, config: ModelConfig) -> SbertModel:
        """The model in the folder `identifier`, or the one of that id in the local hub cache.

        A transformers encoder without a `modules.json` has its tokens' mean as the vector, as in sentence-transformers.

        Raises MtcheckError: MODEL_NOT_FOUND; MODEL_UNUSABLE if it is no such model, has modules of another kind, if
        files or weights are missing or damaged, or if the device is not there.
        """
        return opened(cls, cls.name, identifier, config)

    @classmethod
    def pull(cls, identifier: str, revision: str | None) -> Path:
        """Fetch a model from the Hugging Face hub into the local cache; its folder there.

        Raises MtcheckError: MODEL_NOT_FOUND if the hub has no such model; MODEL_UNUSABLE if it cannot be fetched or
        has no PyTorch weights.
        """
        return fetch(cls.name, identifier, revision, _PULLED, WEIGHTS)

    @classmethod
    def present(cls) -> Sequence[Present]:
        """The models in the hub cache that have sentence-transformers' modules."""
        return [
            Present(name, licence_of(name, folder), languages_of(folder))
            for name, folder in ((f"sbert:{identifier}", folder) for identifier, folder in cached())
            if (folder / _MODULES).is_file()
        ]

    @property
    def estimate_name(self) -> str:
        return "cosine"

    def estimate(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[Score]:
        """The cosine, -1 to 1, of the vectors of source and translation; 0 where one of them is empty.

        The vector of a text over the limit is the mean of its parts' by their length in tokens, cut at sentences, and
        the signature says `split:yes`.
        """
        return once(pairs, self._cosines, progress)

    def _cosines(self, pairs: Sequence[Pair]) -> dict[Pair, Score]:
        texts = list(dict.fromkeys(text for pair in pairs for text in (pair.source, pair.target)))
        parts = [self._parts(text) for text in texts]
        place = {text: at for at, text in enumerate(texts)}
        vectors = self._vectors(parts)
        scores: dict[Pair, Score] = {}
        for pair in pairs:
            at, to = place[pair.source], place[pair.target]
            value = float(vectors[at] @ vectors[to]) if pair.source.strip() and pair.target.strip() else 0.0
            split = "yes" if len(parts[at]) > 1 or len(parts[to]) > 1 else "no"
            value = round(max(-1.0, min(1.0, value)), _DECIMALS)
            scores[pair] = Score(value, True, f"{self._signature}|split:{split}")
        return scores

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, (texts, dimensions): what means the same lies near, in whatever of the model's languages."""
        return self._vectors([self._parts(text) for text in texts])

    def _parts(self, text: str) -> list[list[int]]:
        """Token ids of the text, or of the parts of one that is too long."""
        text = encodable(text.lower() if self._lower_case else text)

        def ids(piece: str) -> list[int]:
            found: list[int] = self._tokenizer(self._prompt + piece, verbose=False)["input_ids"]
            return found

        whole = ids(text)
        if len(whole) <= self.limit:
            return [whole]
        # Where the prompt alone, or one character, is over the limit there is nothing to halve.
        return [ids(piece)[: self.limit] for piece in pieces(text, lambda piece: len(ids(piece)) <= self.limit)]

    def _vectors(self, texts: Sequence[Sequence[Sequence[int]]]) -> NDArray[np.float32]:
        """The unit vector of each text from the token ids of its parts."""
        import numpy as np
        import torch

        parts = [(at, part) for at, text in enumerate(texts) for part in text]
        sums: NDArray[np.float32] | None = None
        for batch in batches(parts, lambda part: (len(part[1]), part[1], part[0]), self._batch_tokens):
            with torch.inference_mode():
                vectors = self._embed([part for _, part in batch]).float()
            made = torch.nn.functional.normalize(vectors, dim=-1).cpu().numpy()
            if sums is None:
                sums = np.zeros((len(texts), made.shape[1]), dtype=np.float32)
            for (at, part), vector in zip(batch, made, strict=True):
                sums[at] += len(part) * vector
        if sums is None:
            return np.zeros((len(texts), 0), dtype=np.float32)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(sums / np.maximum(lengths, 1e-12), dtype=np.float32)

    def _embed(self, batch: Sequence[Sequence[int]]) -> torch.Tensor:
        """The vectors of one batch: (texts, dimensions)."""
        import torch

        ids, mask = padded(batch, self._tokenizer.pad_token_id, self._model.device)
        hidden = self._model(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        vectors = torch.cat([_pool(mode, hidden, mask) for mode in self._modes], dim=-1)
        for step in self._steps:
            vectors = step(vectors)
        return vectors


# What sentence-transformers up to 5.x writes of a pooling, in the order in which it joins them.
_POOLING = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


def _pooling_modes(config: Mapping[str, Any], where: str) -> list[str]:
    stated = config.get("pooling_mode") or [mode for key, mode in _POOLING.items() if config.get(key)] or "mean"
    modes = [stated] if isinstance(stated, str) else list(stated)
    if unknown := {*modes} - {*_POOLING.values()}:
        raise unusable(where, f"the pooling '{min(unknown)}' is not supported")
    return modes


def _pool(mode: str, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """One vector a text, (texts, dimensions), from those of its tokens, (texts, longest, dimensions)."""
    import torch

    lengths = mask.sum(dim=1)
    if mode == "cls":
        return hidden[:, 0]
    if mode == "lasttoken":
        return hidden[torch.arange(len(hidden), device=hidden.device), lengths - 1]
    if mode == "max":
        return hidden.masked_fill(~mask[..., None], -math.inf).amax(dim=1)
    weights = mask.float()
    if mode == "weightedmean":
        weights = weights * torch.arange(1, mask.shape[1] + 1, device=mask.device)
    sums = (hidden * weights[..., None]).sum(dim=1)
    total = weights.sum(dim=1, keepdim=True)
    pooled: torch.Tensor = sums / (total.sqrt() if mode == "mean_sqrt_len_tokens" else total)
    return pooled.to(hidden.dtype)


def _step(kind: str, folder: Path, device: torch.device, dtype: str, where: str) -> _Step:
    """What a module after the pooling does to the vectors. Raises MODEL_UNUSABLE for one of an unknown kind."""
    import torch

    if kind == "Normalize":
        return lambda vectors: torch.nn.functional.normalize(vectors, dim=-1)
    if kind == "Dropout":
        return lambda vectors: vectors
    config = _read(folder / "config.json", {})
    inputs = {config.get(key) or "sentence_embedding" for key in ("module_input_name", "module_output_name")}
    if kind != "Dense" or inputs != {"sentence_embedding"} or config.get("use_residual"):
        raise unusable(where, f"a module '{kind}' as in {folder.name} is not supported")
    # A name of torch alone: a checkpoint must not name code of its own.
    module, _, activation = config.get("activation_function", "torch.nn.Tanh").rpartition(".")
    kind_of = getattr(torch.nn, activation, None)
    if not (module.startswith("torch.nn") and isinstance(kind_of, type) and issubclass(kind_of, torch.nn.Module)):
        raise unusable(where, f"the activation {module}.{activation} is not supported")
    linear = torch.nn.Linear(config["in_features"], config["out_features"], bias=config.get("bias", True))
    linear.load_state_dict(
        {name.removeprefix("linear."): weight for name, weight in _weights(folder).items() if "linear." in name}
    )
    return torch.nn.Sequential(linear, kind_of()).to(device, getattr(torch, dtype)).eval()


def _weights(folder: Path) -> Mapping[str, torch.Tensor]:
    import torch
    from safetensors.torch import load_file

    if (folder / "model.safetensors").is_file():
        return load_file(folder / "model.safetensors")
    loaded: Mapping[str, torch.Tensor] = torch.load(folder / "pytorch_model.bin", map_location="cpu", weights_only=True)
    return loaded


def _read(path: Path, default: Any) -> Any:
    """A JSON file's content; the default where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default

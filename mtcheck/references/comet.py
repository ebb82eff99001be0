"""`comet:`: Unbabel's models that judge a translation by its source alone, CometKiwi and COMET-QE, by hub id or folder.

The checkpoints (`hparams.yaml`, `checkpoints/model.ckpt`) are read as they are: an XLM-RoBERTa encoder, a mixture of
its layers and a regression head (Rei et al. 2020, 2022). Of the encoder they hold the weights; its configuration and
its tokenizer are those of the model that `hparams.yaml` names, in the same folder or in the hub cache. Weights are read
by torch's `weights_only` reader alone. Models that want a human reference (wmt22-comet-da) are refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Pair, Score
from mtcheck.references.base import REFERENCES, Capability, Present, Progress, ReferenceModel
from mtcheck.references.checkpoints import (
    LOCAL,
    cached,
    checked_licence,
    conditions_of,
    device_and_dtype,
    encodable,
    fetch,
    find,
    hash_of,
    languages_of,
    licence_of,
    longest_input,
    not_known,
    opened,
    unusable,
)
from mtcheck.references.splitting import halves

if TYPE_CHECKING:
    import torch

_HPARAMS = "hparams.yaml"
_WEIGHTS = "checkpoints/model.ckpt"
_PULLED = (_HPARAMS, "README.md", "LICENSE*")
_TOKENIZER = ("config.json", "tokenizer*.json", "special_tokens_map.json", "*.model")
# Pairs tokenised and sorted by length at a time: what is held does not grow with the corpus.
_WINDOW = 4096
# Scores are given to so many decimals: beyond them, floating point depends on the batch.
_DECIMALS = 5
# Encoders by COMET's names for them.
_ENCODERS = frozenset({"XLM-RoBERTa", "XLM-RoBERTa-XL"})
_TOGETHER, _APART = "unified_metric", "referenceless_regression_metric"


@dataclass(frozen=True, slots=True)
class _Part:
    """Token ids of a translation and of its source, without the signs of beginning and end."""

    target: tuple[int, ...]
    source: tuple[int, ...]


@REFERENCES.register
class CometModel(ReferenceModel):
    """A regression on source and translation, read together (CometKiwi) or apart (COMET-QE)."""

    name = "comet"
    about = "CometKiwi and COMET-QE, hub id or local folder; says how good"

    def __init__(self, identifier: str, folder: Path, revision: str, config: ModelConfig) -> None:
        import torch
        from transformers import AutoConfig, AutoModel, AutoTokenizer

        where = f"comet:{identifier}"
        agreed = checked_licence(where, folder, config)
        device, dtype = device_and_dtype(config)
        hparams: Mapping[str, Any] = yaml.safe_load((folder / _HPARAMS).read_text(encoding="utf-8"))
        self._together = _reads_together(hparams, where)
        inner = folder if (folder / "config.json").is_file() else _encoder(where, hparams)
        offline: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        stated = AutoConfig.from_pretrained(inner, **offline)
        self._tokenizer: Any = AutoTokenizer.from_pretrained(inner, **offline)
        self._encoder: Any = AutoModel.from_config(stated, add_pooling_layer=False)
        units = stated.hidden_size * (1 if self._together else 4)
        self._head = _head(units, hparams)
        weights = torch.load(folder / _WEIGHTS, map_location="cpu", weights_only=True, mmap=True)["state_dict"]
        _fill(self._encoder, weights, "encoder.model.", where)
        _fill(self._head, weights, "estimator.ff.", where)
        self._mix = _Mix(hparams, weights, stated.num_hidden_layers + 1, device)
        self._pool = "cls" if self._together else str(hparams.get("pool", "avg"))
        if self._pool not in ("cls", "avg", "max", "default"):
            raise unusable(where, f"the pooling '{self._pool}' is not supported")
        self._encoder.to(device, getattr(torch, dtype)).eval()
        self._head.to(device).eval()
        self._batch_tokens = config.batch_tokens
        self._conditions = conditions_of(config, device, folder, inner)
        self.limit = longest_input(stated, self._tokenizer)
        self._card = ModelCard(
            name=where,
            capabilities=(Capability.ESTIMATE.value,),
            revision=revision,
            weight_hash=hash_of([folder / _WEIGHTS]),
            dtype=dtype,
            device=str(device),
            licence=agreed,
            languages=languages_of(folder),
        )
        name = folder.name if revision == LOCAL else identifier
        hashed = self._card.weight_hash[:12]
        self._signature = f"estimate:comet|model:{name}|revision:{revision}|weights:{hashed}|dtype:{dtype}"

    @classmethod
    def load(cls, identifier: str, config: ModelConfig) -> CometModel:
        """The checkpoint in the folder `identifier`, or the one of that id in the local hub cache.

        Raises MtcheckError: MODEL_NOT_FOUND, also where its encoder's tokenizer is not here; LICENCE_NOT_ACCEPTED;
        MODEL_UNUSABLE if it wants references, has another encoder, or if files or weights are missing or damaged.
        """
        return opened(cls, cls.name, identifier, config)

    @classmethod
    def pull(cls, identifier: str, revision: str | None) -> Path:
        """Fetch a checkpoint, and its encoder's tokenizer, from the Hugging Face hub; the checkpoint's folder.

        Raises MtcheckError: MODEL_NOT_FOUND if the hub has no such model; MODEL_UNUSABLE if it cannot be fetched (no
        network, a gated model).
        """
        folder = fetch(cls.name, identifier, revision, _PULLED, [_WEIGHTS])
        hparams = yaml.safe_load((folder / _HPARAMS).read_text(encoding="utf-8"))
        fetch(cls.name, str(hparams["pretrained_model"]), None, _TOKENIZER, ["config.json"])
        return folder

    @classmethod
    def present(cls) -> Sequence[Present]:
        """The checkpoints in the hub cache that have COMET's form."""
        return [
            Present(name, licence_of(name, folder), languages_of(folder))
            for name, folder in ((f"comet:{identifier}", folder) for identifier, folder in cached())
            if (folder / _HPARAMS).is_file() and (folder / _WEIGHTS).is_file()
        ]

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def conditions(self) -> Mapping[str, object]:
        return self._conditions

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        return not_known(self._card, source_lang, target_lang)

    def estimate(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[Score]:
        """The model's judgement; most are fitted to be between 0 and 1, the higher the better.

        Of a pair over the limit both texts are cut at sentences, the value is the mean of the parts' by the length of
        the translation, and the signature says `split:yes`.
        """
        counts = Counter(pairs)
        unique = list(counts)
        scores: dict[Pair, Score] = {}
        for first in range(0, len(unique), _WINDOW):
            chunk = unique[first : first + _WINDOW]
            parts = {pair: self._parts(pair) for pair in chunk}
            values = self._judge(list(dict.fromkeys(part for some in parts.values() for part in some)))
            for pair, some in parts.items():
                lengths = [len(part.target) + 1 for part in some]
                value = sum(values[part] * length for part, length in zip(some, lengths, strict=True)) / sum(lengths)
                split = "yes" if len(some) > 1 else "no"
                scores[pair] = Score(round(value, _DECIMALS), True, f"{self._signature}|split:{split}")
            if progress:
                progress(sum(counts[pair] for pair in chunk))
        return [scores[pair] for pair in pairs]

    def _parts(self, pair: Pair) -> list[_Part]:
        """The pair's tokens, in as many parts as are within the limit."""
        target, source = (
            tuple(self._tokenizer(encodable(text), add_special_tokens=False, verbose=False)["input_ids"])
            for text in (pair.target, pair.source)
        )
        # <s> target </s></s> source </s>, or <s> text </s> of each.
        length = len(target) + len(source) + 4 if self._together else max(len(target), len(source)) + 2
        if length <= self.limit:
            return [_Part(target, source)]
        if len(pair.source) < 2 and len(pair.target) < 2:
            return [_Part(target[: self.limit // 2 - 2], source[: self.limit // 2 - 2])]
        left, right = halves(pair, source_fits=len(source) + 4 <= self.limit // 2)
        return self._parts(left) + self._parts(right)

    def _judge(self, parts: Sequence[_Part]) -> dict[_Part, float]:
        import torch

        found: dict[_Part, float] = {}
        order = sorted(parts, key=lambda part: (len(part.target) + len(part.source), part.target, part.source))
        begin, end = self._tokenizer.cls_token_id, self._tokenizer.sep_token_id
        for batch in _batches(order, self._batch_tokens):
            with torch.inference_mode():
                if self._together:
                    features = self._embed([(begin, *part.target, end, end, *part.source, end) for part in batch])
                else:
                    target, source = (
                        self._embed([(begin, *text, end) for text in texts])
                        for texts in ([part.target for part in batch], [part.source for part in batch])
                    )
                    features = torch.cat((target, source, target * source, (target - source).abs()), dim=1)
                values = self._head(features.float()).view(-1).tolist()
            found.update(zip(batch, values, strict=True))
        return found

    def _embed(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """The vectors of texts: (sequences, hidden size)."""
        import torch

        longest = max(map(len, sequences))
        pad, device = self._tokenizer.pad_token_id, self._encoder.device
        ids = torch.tensor([[*some, *[pad] * (longest - len(some))] for some in sequences], device=device)
        mask = torch.arange(longest, device=device) < torch.tensor([[len(some)] for some in sequences], device=device)
        layers = self._encoder(input_ids=ids, attention_mask=mask.long(), output_hidden_states=True).hidden_states
        if self._pool == "default":
            return layers[-1][:, 0]  # type: ignore[no-any-return]
        states = self._mix(layers, mask)
        if self._pool == "cls":
            return states[:, 0]
        if self._pool == "max":
            return states.masked_fill(~mask[..., None], -torch.inf).amax(dim=1)
        return (states * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)


class _Mix:
    """A layer of the encoder, or a weighted mean of all of them, by which COMET calls layer-wise attention."""

    def __init__(
        self, hparams: Mapping[str, Any], weights: Mapping[str, torch.Tensor], layers: int, device: torch.device
    ) -> None:
        import torch

        layer = hparams.get("sent_layer", hparams.get("layer", "mix"))
        self._layer: int | None = None if layer == "mix" else int(layer)
        self._normalise = bool(hparams.get("layer_norm", True))
        if self._layer is not None:
            return
        name = "layerwise_attention."
        scalars = torch.cat([weights[f"{name}scalar_parameters.{at}"] for at in range(layers)]).float()
        sparse = hparams.get("layer_transformation", "sparsemax") == "sparsemax"
        shares = sparsemax(scalars) if sparse else scalars.softmax(dim=0)
        self._shares = (shares * weights[f"{name}gamma"].float()).to(device)

    def __call__(self, layers: Sequence[torch.Tensor], mask: torch.Tensor) -> torch.Tensor:
        """(sequences, longest, hidden size) from as much of each layer; each may be normalised over its sequence."""
        import torch

        if self._layer is not None:
            return layers[self._layer].float()
        mixed = torch.zeros_like(layers[0], dtype=torch.float32)
        inside = mask[..., None].float()
        count = mask.sum(dim=1).view(-1, 1, 1) * layers[0].shape[-1]
        for share, states in zip(self._shares, layers, strict=True):
            layer = states.float()
            if self._normalise:
                mean = (layer * inside).sum(dim=(1, 2), keepdim=True) / count
                variance = (((layer - mean) * inside) ** 2).sum(dim=(1, 2), keepdim=True) / count
                layer = (layer - mean) / (variance + 1e-12).sqrt()
            mixed += share * layer
        return mixed


def sparsemax(scores: torch.Tensor) -> torch.Tensor:
    """The nearest point of the probability simplex, many of whose parts are 0 (Martins and Astudillo 2016)."""
    import torch

    ordered = scores.sort(descending=True).values
    sums = ordered.cumsum(dim=0) - 1
    ranks = torch.arange(1, len(scores) + 1, device=scores.device)
    support = int((ranks * ordered > sums).sum())
    return (scores - sums[support - 1] / support).clamp(min=0)


def _reads_together(hparams: Mapping[str, Any], where: str) -> bool:
    """Whether source and translation are one input. Raises MODEL_UNUSABLE for models that are not supported."""
    kind, encoder = hparams.get("class_identifier", _TOGETHER), hparams.get("encoder_model", "XLM-RoBERTa")
    if kind == "regression_metric" or (kind == _TOGETHER and "src" not in hparams.get("input_segments", ["src"])):
        raise unusable(where, "it judges against a human reference", mend="Choose one that does not, such as CometKiwi")
    if kind not in (_TOGETHER, _APART):
        raise unusable(where, f"models of the kind {kind} are not supported")
    if encoder not in _ENCODERS:
        raise unusable(where, f"its encoder {encoder} is not supported")
    return bool(kind == _TOGETHER)


def _encoder(where: str, hparams: Mapping[str, Any]) -> Path:
    """The folder with the encoder's configuration and tokenizer."""
    name = str(hparams.get("pretrained_model"))
    try:
        return find("comet", name, None)[0]
    except MtcheckError as error:
        raise MtcheckError(
            Code.MODEL_NOT_FOUND,
            f"the tokenizer of its encoder, {name}, is not in the local hub cache",
            where=where,
            mend=f"Run mtcheck models pull {where}, or put its config.json and tokenizer into the model's folder",
        ) from error


def _head(units: int, hparams: Mapping[str, Any]) -> torch.nn.Module:
    """Layers numbered as COMET's: each hidden one is followed by its activation and a dropout."""
    from torch import nn

    def activation(name: str) -> nn.Module:
        made: Callable[[], nn.Module] = getattr(nn, name.title())
        return made()

    layers: list[nn.Module] = []
    for size in hparams.get("hidden_sizes", (3072, 1024)):
        layers += [nn.Linear(units, size), activation(hparams.get("activations", "Tanh")), nn.Identity()]
        units = size
    layers.append(nn.Linear(units, 1))
    if final := hparams.get("final_activation"):
        layers.append(activation(final))
    return nn.Sequential(*layers)


def _fill(module: torch.nn.Module, weights: Mapping[str, torch.Tensor], prefix: str, where: str) -> None:
    """Give a module its part of the weights. Raises MODEL_UNUSABLE where some are missing."""
    own = {name.removeprefix(prefix): value.float() for name, value in weights.items() if name.startswith(prefix)}
    missing = module.load_state_dict(own, strict=False).missing_keys
    if missing:
        raise unusable(where, f"{len(missing)} weights are missing, the first is {prefix}{missing[0]}")


def _batches(parts: Sequence[_Part], tokens: int) -> Iterator[Sequence[_Part]]:
    """Runs of parts, which come the shortest first, of at most so many padded tokens, but of one part at least."""
    start = 0
    for end, part in enumerate(parts):
        if end > start and (len(part.target) + len(part.source) + 4) * (end - start + 1) > tokens:
            yield parts[start:end]
            start = end
    if parts:
        yield parts[start:]

"""`comet:`: Unbabel's models that judge a translation, by hub id or folder.

Those that read source and translation (COMET-QE, CometKiwi), with a human reference too (COMET), and xCOMET, which also
marks errors. The checkpoints (`hparams.yaml`, `checkpoints/model.ckpt`) are read as they are: an XLM-RoBERTa encoder, a
mixture of its layers, a regression head and perhaps a classifier of tokens (Rei et al. 2020, 2022; Guerreiro et al.
2024). Of the encoder they hold the weights; its configuration and its tokenizer are those of the model that
`hparams.yaml` names, in the same folder or in the hub cache. Weights are read by torch's `weights_only` reader alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from mtcheck.core.config import ModelConfig
from mtcheck.core.results import ModelCard
from mtcheck.core.types import ErrorSpan, Pair, Severity, Span
from mtcheck.references.base import REFERENCES, Capability, Present, References
from mtcheck.references.batching import batches, padded
from mtcheck.references.checkpoints import (
    LOCAL,
    cached,
    checked_licence,
    conditions_of,
    device_and_dtype,
    encodable,
    fetch,
    hash_of,
    languages_of,
    licence_of,
    longest_input,
    opened,
    unusable,
    with_tokenizer,
)
from mtcheck.references.estimating import DECIMALS, Estimator, Judged
from mtcheck.references.splitting import halves, shifted, trimmed

if TYPE_CHECKING:
    import torch

_HPARAMS = "hparams.yaml"
_WEIGHTS = "checkpoints/model.ckpt"
_PULLED = (_HPARAMS, "README.md", "LICENSE*")
_TOKENIZER = ("config.json", "tokenizer*.json", "special_tokens_map.json", "*.model")
# Encoders by COMET's names for them.
_ENCODERS = frozenset({"XLM-RoBERTa", "XLM-RoBERTa-XL"})

# Texts read apart are padded to multiples of so many tokens, and encoded beside those of one width alone: so in float32
# on the CPU a text's vector is the same to the last digit, whatever is encoded with it. On a GPU, where a batch takes
# about as long as one text, they are coarser.
_STEP, _GPU_STEP = 8, 64
# Pairs judged at a time by their texts' vectors, always as many: the last digits of a product depend on its size.
_ROWS = 16
# Sources and references whose vectors are kept for the next system's translations.
_KEPT = 1 << 14

# Where source, reference and both are read beside the translation: how much each reading tells of its tokens.
_TOKEN_SHARES = (0.1667, 0.3333, 0.5)
# xCOMET's score: how much each of the readings counts, then the errors marked, by MQM's penalties up to the worst.
_SCORE_SHARES, _ERRORS_SHARE = (0.12, 0.33, 0.33), 0.22
_PENALTIES = {Severity.MINOR: 1, Severity.MAJOR: 5, Severity.CRITICAL: 10}
_WORST = 25


_Ids = tuple[int, ...]


class _Form(NamedTuple):
    """How a model reads.

    `source` and `references` say what it reads beside the translation; together with it as one text, or each apart.
    `severities` are those of the errors that it marks, `scores_errors` whether they count in its score.
    """

    together: bool
    source: bool
    references: References
    severities: tuple[Severity, ...] = ()
    scores_errors: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """Token ids of the texts, without the signs of beginning and end, and the spans of the translation's."""

    target: tuple[int, ...]
    source: tuple[int, ...]
    reference: tuple[int, ...] | None
    spans: tuple[Span, ...] = ()

    @property
    def weight(self) -> int:
        return len(self.target) + 1

    @property
    def order(self) -> tuple[Any, ...]:
        """Its length, with the signs between three texts, and what tells it from others."""
        reference = self.reference or ()
        length = len(self.target) + len(self.source) + len(reference) + 6
        return length, self.target, self.source, reference, self.spans


@REFERENCES.register
class CometModel(Estimator[_Part]):
    """A regression on the translation and what it is read beside. Most are fitted to be between 0 and 1."""

    name = "comet"
    about = "COMET, CometKiwi, xCOMET, hub id or local folder; says how good, xCOMET also where not"

    def __init__(self, identifier: str, folder: Path, revision: str, config: ModelConfig) -> None:
        import torch
        from transformers import AutoConfig, AutoModel, AutoTokenizer

        where = f"comet:{identifier}"
        agreed = checked_licence(where, folder, config)
        device, dtype = device_and_dtype(config)
        hparams: Mapping[str, Any] = yaml.safe_load((folder / _HPARAMS).read_text(encoding="utf-8"))
        self._form = form = _form(hparams, where)
        self.references = form.references
        inner = with_tokenizer(where, folder, "config.json", str(hparams.get("pretrained_model")))
        offline: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        stated = AutoConfig.from_pretrained(inner, **offline)
        self._tokenizer: Any = AutoTokenizer.from_pretrained(inner, **offline)
        self._encoder: Any = AutoModel.from_config(stated, add_pooling_layer=False)
        features = 1 if form.together else 6 if form.references is References.NEEDED else 4
        self._head = _head(features * stated.hidden_size, hparams)
        weights = torch.load(folder / _WEIGHTS, map_location="cpu", weights_only=True, mmap=True)["state_dict"]
        _fill(self._encoder, weights, "encoder.model.", where)
        _fill(self._head, weights, "estimator.ff.", where)
        self._tags = torch.nn.Linear(stated.hidden_size, len(form.severities) + 1) if form.severities else None
        if self._tags is not None:
            _fill(self._tags, weights, "hidden2tag.", where)
            self._tags.to(device)
        self._word_layer = int(hparams.get("word_layer", 24))
        self._mix = _Mix(hparams, weights, stated.num_hidden_layers + 1, device)
        self._pool = "cls" if form.together else str(hparams.get("pool", "avg"))
        if self._pool not in ("cls", "avg", "max", "default"):
            raise unusable(where, f"the pooling '{self._pool}' is not supported")
        self._encoder.to(device, getattr(torch, dtype)).eval()
        self._head.to(device).eval()
        self._batch_tokens = config.batch_tokens
        self._step = _STEP if device.type == "cpu" else _GPU_STEP
        # What is kept must be what would be computed anew.
        self._room = _KEPT if (device.type, dtype) == ("cpu", "float32") else 0
        self._kept: OrderedDict[_Ids, torch.Tensor] = OrderedDict()
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
        self.signature = f"estimate:comet|model:{name}|revision:{revision}|weights:{hashed}|dtype:{dtype}"

    @classmethod
    def load(cls, identifier: str, config: ModelConfig) -> CometModel:
        """The checkpoint in the folder `identifier`, or the one of that id in the local hub cache.

        Raises MtcheckError: MODEL_NOT_FOUND, also where its encoder's tokenizer is not here; LICENCE_NOT_ACCEPTED;
        MODEL_UNUSABLE if it is of another kind or has another encoder, or if files or weights are missing or damaged.
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

    def parts(self, pair: Pair) -> list[_Part]:
        target, spans = self._target(pair.target)
        source = self._ids(pair.source)
        reference = self._ids(pair.references[0]) if pair.references else None
        texts = [target, *([source] if self._form.source else []), *([reference] if reference is not None else [])]
        # <s> one </s></s> another </s>, or <s> text </s> of each.
        length = sum(len(ids) + 2 for ids in texts) if self._form.together else max(map(len, texts)) + 2
        if length <= self.limit:
            return [_Part(target, source, reference, spans)]
        share = self.limit // len(texts)
        if max(map(len, (pair.source, pair.target, *pair.references))) < 2:
            most = share - 2
            return [_Part(target[:most], source[:most], reference and reference[:most], spans[:most])]
        left, right = halves(pair, source_fits=len(source) + 4 <= share)
        offset = len(pair.target) - len(right.target)
        later = [replace(part, spans=shifted(part.spans, offset)) for part in self.parts(right)]
        return self.parts(left) + later

    def _ids(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer(encodable(text), add_special_tokens=False, verbose=False)["input_ids"])

    def _target(self, text: str) -> tuple[tuple[int, ...], tuple[Span, ...]]:
        """Ids and, where the model marks errors, spans of the tokens."""
        if not self._form.severities:
            return self._ids(text), ()
        clean = encodable(text)
        found = self._tokenizer(clean, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return tuple(found["input_ids"]), tuple(trimmed(clean, *span) for span in found["offset_mapping"])

    def judge(self, parts: Sequence[_Part]) -> dict[_Part, Judged]:
        import torch

        with torch.inference_mode():
            if not self._form.together:
                return dict(zip(parts, self._judge_apart(parts), strict=True))
            found: dict[_Part, Judged] = {}
            for some in (
                [part for part in parts if part.reference is not None],
                [part for part in parts if part.reference is None],
            ):
                for batch in batches(some, lambda part: part.order, self._batch_tokens):
                    found.update(zip(batch, self._judge_together(batch), strict=True))
            return found

    def _judge_apart(self, parts: Sequence[_Part]) -> list[Judged]:
        """By the vectors of the texts, their products and differences."""
        import torch

        read = [(part.target, part.source, *([] if part.reference is None else [part.reference])) for part in parts]
        vectors = self._vectors([text for texts in read for text in texts])
        values: list[float] = []
        for first in range(0, len(read), _ROWS):
            some = read[first : first + _ROWS]
            some += some[-1:] * (_ROWS - len(some))
            target, source, *reference = (
                torch.stack([vectors[text] for text in side]) for side in zip(*some, strict=True)
            )
            features = [target, *(reference or [source])]
            for other in (*reference, source):
                features += [target * other, (target - other).abs()]
            values += self._values(torch.cat(features, dim=1))
        for text in (text for _, *others in read for text in others):
            self._kept[text] = vectors[text]
            self._kept.move_to_end(text)
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return [Judged(value) for value in values[: len(read)]]

    def _vectors(self, texts: Sequence[_Ids]) -> dict[_Ids, torch.Tensor]:
        """The vector of each text, (hidden size): each is encoded once."""
        begin, end = self._signs

        def width(text: _Ids) -> int:
            return min(-(-(len(text) + 2) // self._step) * self._step, self.limit)

        vectors = {text: self._kept[text] for text in texts if text in self._kept}
        for _, some in groupby(sorted({*texts} - vectors.keys(), key=width), width):
            for batch in batches(some, lambda text: (width(text), text), self._batch_tokens):
                pooled = self._pooled(*self._layers([(begin, *text, end) for text in batch], width(batch[0])))
                # Apart, so that one that is kept does not keep the others.
                vectors |= {text: vector.clone() for text, vector in zip(batch, pooled, strict=True)}
        return vectors

    def _judge_together(self, batch: Sequence[_Part]) -> list[Judged]:
        """By one text made of translation and source, of translation and reference, and of all three."""
        import torch

        values: list[list[float]] = []
        tags: list[torch.Tensor] = []
        for sequences in zip(*map(self._sequences, batch), strict=True):
            layers, mask = self._layers(sequences)
            values.append(self._values(self._pooled(layers, mask)))
            if self._tags is not None:
                tokens = max(len(part.target) for part in batch) + 2
                tags.append(self._tags(layers[self._word_layer][:, :tokens].float()).softmax(dim=2))
        if not tags:
            return [Judged(sum(some) / len(some)) for some in zip(*values, strict=True)]
        shares = _TOKEN_SHARES if len(tags) > 1 else (1.0,)
        chances = torch.stack([share * some for share, some in zip(shares, tags, strict=True)]).sum(dim=0)
        surest, labels = (some.tolist() for some in chances.max(dim=2))
        judged = []
        for part, some, *token in zip(batch, zip(*values, strict=True), surest, labels, strict=True):
            errors = self._errors(part, *token)
            value = _with_errors(some, errors) if self._form.scores_errors else sum(some) / len(some)
            judged.append(Judged(value, tuple(error for error in errors if error.start < error.end)))
        return judged

    def _sequences(self, part: _Part) -> list[tuple[int, ...]]:
        """What is read of a part: with both a source and a reference three texts, otherwise one."""
        begin, end = self._signs

        def text(*others: Sequence[int]) -> tuple[int, ...]:
            after = (id_ for other in others for id_ in (end, *other, end))
            return (begin, *part.target, end, *after)

        if part.reference is None:
            return [text(part.source)]
        if not self._form.source:
            return [text(part.reference)]
        return [text(part.source), text(part.reference), text(part.source, part.reference)]

    def _errors(self, part: _Part, surest: Sequence[float], labels: Sequence[int]) -> list[ErrorSpan]:
        """Runs of tokens with a label, the first of which says how grave they are.

        The signs of beginning and end are tokens too, and a run that no unlabelled token ends is none, as with COMET.
        """
        first = part.spans[0].start if part.spans else 0
        errors: list[ErrorSpan] = []
        run: list[int] = []
        spans = (Span(first, first), *part.spans, Span(first, first))
        for at in range(len(spans)):
            if labels[at]:
                run.append(at)
            elif run:
                confidence = sum(surest[token] for token in run) / len(run)
                severity = self._form.severities[labels[run[0]] - 1]
                errors.append(ErrorSpan(spans[run[0]].start, spans[run[-1]].end, severity, round(confidence, DECIMALS)))
                run = []
        return errors

    @property
    def _signs(self) -> tuple[int, int]:
        """Ids of the signs of beginning and end."""
        return self._tokenizer.cls_token_id, self._tokenizer.sep_token_id

    def _values(self, features: torch.Tensor) -> list[float]:
        values: list[float] = self._head(features.float()).view(-1).tolist()
        return values

    def _layers(
        self, sequences: Sequence[Sequence[int]], width: int | None = None
    ) -> tuple[Sequence[torch.Tensor], torch.Tensor]:
        """The states of each of the encoder's layers, (sequences, longest, hidden size), and where there are tokens."""
        ids, mask = padded(sequences, self._tokenizer.pad_token_id, self._encoder.device, width=width)
        found = self._encoder(input_ids=ids, attention_mask=mask.long(), output_hidden_states=True)
        return found.hidden_states, mask

    def _pooled(self, layers: Sequence[torch.Tensor], mask: torch.Tensor) -> torch.Tensor:
        """The vectors of texts: (sequences, hidden size)."""
        import torch

        if self._pool == "default":
            return layers[-1][:, 0]
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


def _with_errors(values: Sequence[float], errors: Sequence[ErrorSpan]) -> float:
    """xCOMET's score, at most 1, of its readings' values and the errors that it marks."""
    shares = _SCORE_SHARES if len(values) > 1 else (sum(_SCORE_SHARES),)
    penalty = min(_WORST, sum(_PENALTIES[error.severity] for error in errors))
    read = sum(share * min(value, 1.0) for share, value in zip(shares, values, strict=True))
    return read + _ERRORS_SHARE * (1 - penalty / _WORST)


def _form(hparams: Mapping[str, Any], where: str) -> _Form:
    """How a model reads. Raises MODEL_UNUSABLE for models that are not supported."""
    kind, encoder = hparams.get("class_identifier", "unified_metric"), hparams.get("encoder_model", "XLM-RoBERTa")
    if encoder not in _ENCODERS:
        raise unusable(where, f"its encoder {encoder} is not supported")
    match kind:
        case "referenceless_regression_metric":
            return _Form(together=False, source=True, references=References.UNREAD)
        case "regression_metric":
            return _Form(together=False, source=True, references=References.NEEDED)
        case "unified_metric" | "xcomet_metric":
            marks = kind == "xcomet_metric"
            read = {"src", "ref"} if marks else {*hparams.get("input_segments", ("mt", "src", "ref"))}
            references = (
                References.UNREAD if "ref" not in read else References.READ if "src" in read else References.NEEDED
            )
            named = (
                hparams.get("error_labels", ("minor", "major")) if marks or hparams.get("word_level_training") else ()
            )
            return _Form(True, "src" in read, references, tuple(map(Severity, named)), marks)
    raise unusable(where, f"models of the kind {kind} are not supported")


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

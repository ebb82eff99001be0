"""`metricx:`: Google's MetricX-23 and MetricX-24, by hub id or folder.

An mT5 whose decoder takes one step; the logit of one token of its vocabulary there is the score (Juraska et al. 2023,
2024). What it is given to read depends on the generation and on whether the model estimates quality (`qe`), which its
name alone says. The checkpoints come without a tokenizer: mT5's is in the same folder or in the hub cache.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mtcheck.core.config import ModelConfig
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Pair
from mtcheck.references.base import REFERENCES, Capability, Present, References
from mtcheck.references.batching import batches, padded
from mtcheck.references.checkpoints import (
    LOCAL,
    WEIGHTS,
    cached,
    checked_licence,
    conditions_of,
    device_and_dtype,
    encodable,
    fetch,
    languages_of,
    licence_of,
    opened,
    unusable,
    weight_hash,
    with_tokenizer,
)
from mtcheck.references.estimating import Estimator, Judged
from mtcheck.references.splitting import halves

if TYPE_CHECKING:
    import torch

# `<extra_id_10>`, the token whose logit the models are trained by.
_SCORE = 250089
_WORST = 25.0
_TOKENIZER = "spiece.model"
# All mT5 have the same; this is the one that MetricX names.
_TOKENIZER_OF = "google/mt5-xl"
_PULLED = ("config.json", "pytorch_model.bin.index.json", "model.safetensors.index.json", "README.md", "LICENSE*")
_NAME = re.compile(r"metricx-(?P<generation>23|24)(?:-(?P<kind>qe|hybrid))?-")


class _Form(NamedTuple):
    """What the models of one kind read: the texts in their order, and the most tokens."""

    order: tuple[str, ...]
    limit: int
    references: References


_FORMS = {
    ("23", None): _Form(("candidate", "reference"), 1024, References.NEEDED),
    ("23", "qe"): _Form(("candidate", "source"), 1024, References.UNREAD),
    ("24", "hybrid"): _Form(("source", "candidate", "reference"), 1536, References.READ),
}


@dataclass(frozen=True, slots=True)
class _Part:
    """Token ids of the whole input, and how much the translation in it counts."""

    ids: tuple[int, ...]
    weight: int


@REFERENCES.register
class MetricxModel(Estimator[_Part]):
    """The errors that people would count in a translation, 0 (none) to 25 (the worst): the lower the better."""

    name = "metricx"
    about = "MetricX-23 and -24, hub id or local folder; says how bad"
    higher_is_better = False

    def __init__(self, identifier: str, folder: Path, revision: str, config: ModelConfig) -> None:
        import torch
        from sentencepiece import SentencePieceProcessor
        from transformers import MT5ForConditionalGeneration

        where = f"metricx:{identifier}"
        agreed = checked_licence(where, folder, config)
        device, dtype = device_and_dtype(config)
        name = folder.absolute().name if revision == LOCAL else identifier
        form = _form(name, where)
        self.references = form.references
        self.limit = form.limit
        self._order = form.order
        vocabulary = with_tokenizer(where, folder, _TOKENIZER, _TOKENIZER_OF) / _TOKENIZER
        self._tokenizer = SentencePieceProcessor(model_file=str(vocabulary))
        model, loading = MT5ForConditionalGeneration.from_pretrained(
            folder, dtype=getattr(torch, dtype), output_loading_info=True, local_files_only=True
        )
        # transformers fills missing weights with random numbers, or with those of the embeddings.
        missing = sorted(loading["missing_keys"])
        if not missing and model.lm_head.weight is model.shared.weight:
            missing = ["lm_head.weight"]
        if missing:
            raise unusable(where, f"{len(missing)} weights are missing, the first is {missing[0]}")
        # Of the largest matrix one row is asked.
        row = torch.nn.Linear(model.config.d_model, 1, bias=False)
        row.weight = torch.nn.Parameter(model.lm_head.weight[_SCORE : _SCORE + 1].detach().clone())
        model.lm_head = row
        self._model: Any = model.to(device).eval()
        self._batch_tokens = config.batch_tokens
        self._conditions = conditions_of(config, device, folder, vocabulary.parent)
        self._card = ModelCard(
            name=where,
            capabilities=(Capability.ESTIMATE.value,),
            revision=revision,
            weight_hash=weight_hash(folder),
            dtype=dtype,
            device=str(device),
            licence=agreed,
            languages=languages_of(folder),
        )
        hashed = self._card.weight_hash[:12]
        self.signature = f"estimate:metricx|model:{name}|revision:{revision}|weights:{hashed}|dtype:{dtype}"

    @classmethod
    def load(cls, identifier: str, config: ModelConfig) -> MetricxModel:
        """The checkpoint in the folder `identifier`, which is called as on the hub, or that of the local hub cache.

        Raises MtcheckError: MODEL_NOT_FOUND, also where mT5's tokenizer is not here; LICENCE_NOT_ACCEPTED;
        MODEL_UNUSABLE if its name does not say which kind it is, or if files or weights are missing or damaged.
        """
        return opened(cls, cls.name, identifier, config)

    @classmethod
    def pull(cls, identifier: str, revision: str | None) -> Path:
        """Fetch a checkpoint, and mT5's tokenizer, from the Hugging Face hub; the checkpoint's folder.

        Raises MtcheckError: MODEL_NOT_FOUND if the hub has no such model; MODEL_UNUSABLE if it cannot be fetched.
        """
        folder = fetch(cls.name, identifier, revision, _PULLED, WEIGHTS)
        fetch(cls.name, _TOKENIZER_OF, None, (), [_TOKENIZER])
        return folder

    @classmethod
    def present(cls) -> Sequence[Present]:
        """The checkpoints in the hub cache that are called as MetricX are."""
        return [
            Present(name, licence_of(name, folder), languages_of(folder))
            for name, folder in ((f"metricx:{identifier}", folder) for identifier, folder in cached())
            if _NAME.search(name) and (folder / "config.json").is_file()
        ]

    def parts(self, pair: Pair) -> list[_Part]:
        texts = {"source": pair.source, "candidate": pair.target, "reference": "".join(pair.references)}
        # A hybrid model without a reference is told of none.
        given = [name for name in self._order if name != "reference" or pair.references]
        ids = self._ids(" ".join(f"{name}: {texts[name]}" for name in given))
        weight = len(self._ids(pair.target)) + 1
        if len(ids) <= self.limit:
            return [_Part(ids, weight)]
        if max(map(len, texts.values())) < 2:
            return [_Part(ids[: self.limit], weight)]
        share = self.limit // len(given)
        left, right = halves(pair, source_fits=len(self._ids(pair.source)) < share)
        return self.parts(left) + self.parts(right)

    def _ids(self, text: str) -> tuple[int, ...]:
        """Without the sign of the end, which the models are not given."""
        return tuple(self._tokenizer.encode(encodable(text)))

    def judge(self, parts: Sequence[_Part]) -> dict[_Part, Judged]:
        import torch

        found: dict[_Part, Judged] = {}
        device: torch.device = self._model.device
        for batch in batches(parts, lambda part: (len(part.ids), part.ids, part.weight), self._batch_tokens):
            ids, mask = padded([part.ids for part in batch], 0, device)
            start = torch.zeros((len(batch), 1), dtype=torch.long, device=device)
            with torch.inference_mode():
                logits = self._model(
                    input_ids=ids, attention_mask=mask.long(), decoder_input_ids=start, use_cache=False
                ).logits
            values = logits.float().view(-1).clamp(0, _WORST).tolist()
            found.update(zip(batch, map(Judged, values), strict=True))
        return found


def _form(name: str, where: str) -> _Form:
    """What a model of this name reads. Raises MODEL_UNUSABLE."""
    match = _NAME.search(name)
    form = _FORMS.get((match["generation"], match["kind"])) if match else None
    if form is None:
        raise unusable(
            where,
            "its name does not say which MetricX it is",
            mend="Call the folder as the hub does: metricx-23-SIZE-…, metricx-23-qe-SIZE-… or metricx-24-hybrid-SIZE-…",
        )
    return form

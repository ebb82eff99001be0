"""`hf:`: any transformers sequence-to-sequence checkpoint, by its hub id or as a local folder, or one with a prompt.

Loaded only from a folder or from the local hub cache; `HfModel.pull` alone fetches. A checkpoint's own
code is never run, and pickled weights are read by torch's `weights_only` reader alone.
"""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mtcheck.core.config import ModelConfig
from mtcheck.core.results import ModelCard
from mtcheck.references.base import REFERENCES, Capability, Present
from mtcheck.references.batching import batches, padded
from mtcheck.references.checkpoints import (
    LOCAL,
    WEIGHTS,
    cached,
    checked_licence,
    conditions_of,
    device_and_dtype,
    fetch,
    find,
    languages_of,
    licence_of,
    longest_input,
    opened,
    unusable,
    weight_hash,
)
from mtcheck.references.prediction import OFFLINE, Predictor, loaded
from mtcheck.references.prompted import PromptedModel
from mtcheck.references.tokens import Languages, Part, TokenModel, Told, pair_of, read_json

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

# Tokens of a batch on a CPU: more of them are no faster, for they are padded more and leave the cache.
_ENOUGH_FOR_A_CPU = 1024
# Batches whose sources are encoded together, so that their translations can be batched by their own length.
_BATCHES_A_GROUP = 16
PULLED = ("*.json", "*.jinja", "*.model", "*.spm", "*.txt", "README.md", "LICENSE*")


@REFERENCES.register
class HfModel(TokenModel):
    """A transformers encoder-decoder with its tokenizer. `limit` is its longest input, in tokens."""

    name = "hf"
    about = "any transformers seq2seq checkpoint, hub id or local folder; translates, says how likely"

    def __init__(self, identifier: str, folder: Path, revision: str, config: ModelConfig) -> None:
        import torch
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

        agreed = checked_licence(f"hf:{identifier}", folder, config)
        device, dtype = device_and_dtype(config)
        self._config = config
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, **OFFLINE)
        self._model = loaded(AutoModelForSeq2SeqLM, folder, f"hf:{identifier}", device, dtype)
        self._batch_tokens = (
            config.batch_tokens if device.type != "cpu" else min(config.batch_tokens, _ENOUGH_FOR_A_CPU)
        )
        self._space: int | None = self._tokenizer.get_vocab().get("▁")
        start, forced = decoder_start(self._model.config, self._model.generation_config)
        # Models without such a layer (FSMT) have tokenizers that cannot encode a translation either.
        if not isinstance(self._model.get_output_embeddings(), torch.nn.Linear):
            raise unusable(f"hf:{identifier}", "architectures without an output layer are not supported")
        if self._tokenizer.eos_token_id is None or start is None:
            raise unusable(f"hf:{identifier}", "it does not say with which tokens a text begins and ends")
        self._languages = Languages(self._tokenizer, start, forced, tasks_of(self._model.config))
        one = torch.tensor([[self._tokenizer.eos_token_id]], device=device)
        self._predictor = Predictor(self._model, input_ids=one, decoder_input_ids=one)
        self.limit = longest_input(self._model.config, self._tokenizer)
        # Where a folder lies is of no matter to a score: the hash of the weights is.
        self._signed_name = folder.name if revision == LOCAL else identifier
        self._conditions = {**conditions_of(config, device, folder), "num_beams": config.num_beams}
        self._card = ModelCard(
            name=f"hf:{identifier}",
            capabilities=(Capability.TRANSLATE.value, Capability.LIKELIHOOD.value),
            revision=revision,
            weight_hash=weight_hash(folder),
            dtype=dtype,
            device=str(device),
            licence=agreed,
            languages=self._languages.known() or languages_of(folder),
        )

    @classmethod
    def load(cls, identifier: str, config: ModelConfig) -> TokenModel:
        """The checkpoint in the folder `identifier`, or the one of that id in the local hub cache.

        Raises MtcheckError: MODEL_NOT_FOUND; MODEL_UNUSABLE if it is no model that translates, if files or weights are
        missing or damaged, or if the device is not there.
        """
        folder, _ = find(cls.name, identifier, config.revision)
        model: Callable[..., TokenModel] = PromptedModel if _is_decoder_only(folder) else cls
        return opened(model, cls.name, identifier, config)

    @classmethod
    def pull(cls, identifier: str, revision: str | None) -> Path:
        """Fetch what a checkpoint needs from the Hugging Face hub into the local cache; its folder there.

        Pickled weights are fetched only where there are no safetensors, other frameworks' weights never.

        Raises MtcheckError: MODEL_NOT_FOUND if the hub has no such model; MODEL_UNUSABLE if it cannot be
        fetched (no network, a gated model) or has no PyTorch weights.
        """
        return fetch(cls.name, identifier, revision, PULLED, WEIGHTS)

    @classmethod
    def present(cls) -> Sequence[Present]:
        """The sequence-to-sequence models in the hub cache; what their tokenizers know is seen when they are loaded."""
        found = []
        for identifier, folder in cached():
            name = f"{cls.name}:{identifier}"
            if _is_seq2seq(folder) and not (folder / "modules.json").is_file():
                found.append(Present(name, licence_of(name, folder), languages_of(folder), pair_of(folder)))
        return found

    def _translations(self, parts: Iterable[Part], told: Told) -> Iterator[Mapping[Part, str]]:
        # A translation is about as long as its source, and there are as many as there are beams.
        most = self._batch_tokens // (2 * self._config.num_beams)
        for batch in batches(parts, lambda part: (len(part.source),), most):
            yield dict(zip(batch, self._generate(batch, told), strict=True))

    def _log_probabilities(self, parts: Iterable[Part], told: Told) -> Iterator[Mapping[Part, list[float]]]:
        """For each part, the log-probability of each of its target's tokens given all before it.

        Each source is encoded once. Sources are batched by their own length, translations by theirs.
        """
        translations: dict[tuple[int, ...], list[Part]] = defaultdict(list)
        for part in parts:
            translations[part.source].append(part)
        most = min(self._batch_tokens, self._predictor.most or self._batch_tokens)
        for sources in batches(translations, lambda source: (len(source),), _BATCHES_A_GROUP * self._batch_tokens):
            together = batches(sources, lambda source: (len(source),), self._batch_tokens)
            encoded = dict(chain.from_iterable(map(self._encoded, together)))
            group = chain.from_iterable(translations[source] for source in sources)
            for batch in batches(group, lambda part: (len(told.decoder) + len(part.target),), most):
                yield dict(zip(batch, self._decoded(batch, encoded, told), strict=True))

    def _generate(self, batch: Sequence[Part], told: Told) -> list[str]:
        generation = copy.deepcopy(self._model.generation_config)
        generation.update(
            num_beams=self._config.num_beams,
            do_sample=False,
            num_return_sequences=1,
            # A checkpoint's own bound may cut: M2M100's is 200.
            max_length=self.limit,
            max_new_tokens=None,
            decoder_start_token_id=told.start,
            forced_bos_token_id=told.forced,
        )
        ids, mask = self._padded([part.source for part in batch])
        made = self._model.generate(input_ids=ids, attention_mask=mask.long(), generation_config=generation)
        return self._tokenizer.batch_decode(  # type: ignore[no-any-return]
            made[:, len(told.decoder) :], skip_special_tokens=True, clean_up_tokenization_spaces=False
        )

    def _encoded(self, sources: Sequence[tuple[int, ...]]) -> Iterator[tuple[tuple[int, ...], torch.Tensor]]:
        """Each source with what the encoder makes of it: (tokens, units)."""
        ids, mask = self._padded(sources)
        states = self._model.get_encoder()(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        return ((source, some[: len(source)]) for source, some in zip(sources, states, strict=True))

    def _decoded(
        self, batch: Sequence[Part], encoded: Mapping[tuple[int, ...], torch.Tensor], told: Told
    ) -> list[list[float]]:
        """The log-probabilities of each part's target."""
        import torch
        from torch.nn.utils.rnn import pad_sequence
        from transformers.modeling_outputs import BaseModelOutput

        states = pad_sequence([encoded[part.source] for part in batch], batch_first=True)
        _, mask = self._padded([part.source for part in batch])
        inputs, wanted = self._padded([(*told.decoder, *part.target[:-1]) for part in batch])
        wanted[:, : len(told.decoder) - 1] = False
        values = self._predictor.log_probabilities(
            wanted,
            torch.tensor([id_ for part in batch for id_ in part.target], device=wanted.device),
            encoder_outputs=BaseModelOutput(last_hidden_state=states),
            attention_mask=mask.long(),
            decoder_input_ids=inputs,
        )
        ends = accumulate(len(part.target) for part in batch)
        return [values[start:end] for start, end in pairwise(chain((0,), ends))]

    def _padded(self, sequences: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        return padded(sequences, self._tokenizer.pad_token_id, self._model.device)


def decoder_start(config: Any, generation: Any) -> tuple[int | None, int | None]:
    """The id that the decoder begins with, and the one that always follows it; None where there is none."""
    start = generation.decoder_start_token_id
    if start is None:
        start = getattr(config, "decoder_start_token_id", None)
    return start, generation.forced_bos_token_id


def tasks_of(config: Any) -> Mapping[tuple[str, str], str]:
    """The text that asks the first T5 for a language pair."""
    return {
        (match[1], match[2]): task["prefix"]
        for name, task in (getattr(config, "task_specific_params", None) or {}).items()
        if (match := re.fullmatch(r"translation_(\w+)_to_(\w+)", name))
    }


def _is_decoder_only(folder: Path) -> bool:
    named = read_json(folder / "config.json").get("architectures") or ()
    return any(str(name).endswith(("ForCausalLM", "GPT2LMHeadModel")) for name in named)


def _is_seq2seq(folder: Path) -> bool:
    from transformers import CONFIG_MAPPING, MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING

    kind = read_json(folder / "config.json").get("model_type")
    return kind in CONFIG_MAPPING and CONFIG_MAPPING[kind] in MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING

"""Decoder-only models, which are asked for a translation by a prompt; a part of the family `hf:`."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from pathlib import Path

from mtcheck.core.config import ModelConfig
from mtcheck.core.languages import language_name
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Pair, Span
from mtcheck.references.base import Capability
from mtcheck.references.batching import batches, padded
from mtcheck.references.checkpoints import (
    LOCAL,
    checked_licence,
    conditions_of,
    device_and_dtype,
    encodable,
    languages_of,
    longest_input,
    not_known,
    unusable,
    weight_hash,
)
from mtcheck.references.prediction import OFFLINE, Predictor, loaded
from mtcheck.references.splitting import trimmed
from mtcheck.references.tokens import Part, TokenModel, Told

# Stands for the source where a chat template is filled in.
_SOURCE = "\N{OBJECT REPLACEMENT CHARACTER}"


class PromptedModel(TokenModel):
    """A decoder-only model with its tokenizer. `limit` is its longest input and output together, in tokens.

    The prompt is followed by a space and the translation, and that by a new line; as the chat template of the tokenizer
    has it, where the configuration asks for that, by the translation and the token that ends a text.
    """

    name = "hf"
    about = "a decoder-only transformers checkpoint with a prompt"

    def __init__(self, identifier: str, folder: Path, revision: str, config: ModelConfig) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        where = f"hf:{identifier}"
        agreed = checked_licence(where, folder, config)
        device, dtype = device_and_dtype(config)
        self._config = config
        self._tokenizer = AutoTokenizer.from_pretrained(folder, **OFFLINE)
        self._model = loaded(AutoModelForCausalLM, folder, where, device, dtype)
        if self._tokenizer.eos_token_id is None or not self._tokenizer.is_fast:
            raise unusable(where, "its tokenizer names no end of text, or does not say where in a text its tokens are")
        if config.chat and not self._tokenizer.chat_template:
            raise unusable(where, "its tokenizer has no chat template", mend="Leave out 'chat' under [model]")
        one = torch.tensor([[self._tokenizer.eos_token_id]], device=device)
        self._predictor = Predictor(self._model, input_ids=one)
        self._space = self._tokenizer.get_vocab().get("▁")
        self._ends = [self._tokenizer.eos_token_id]
        if not config.chat:
            # The last token of a line is the new line, in most vocabularies.
            self._ends = [*self._tokenizer("\n", add_special_tokens=False)["input_ids"][-1:], *self._ends]
        self.limit = longest_input(self._model.config, self._tokenizer)
        asked = hashlib.sha256(config.prompt.encode()).hexdigest()[:12]
        self._asked = f"|prompt:{asked}|chat:{'yes' if config.chat else 'no'}"
        self._conditions = {
            **conditions_of(config, device, folder),
            "num_beams": config.num_beams,
            "prompt": config.prompt,
            "chat": config.chat,
        }
        self._signed_name = folder.name if revision == LOCAL else identifier
        self._card = ModelCard(
            name=where,
            capabilities=(Capability.TRANSLATE.value, Capability.LIKELIHOOD.value),
            revision=revision,
            weight_hash=weight_hash(folder),
            dtype=dtype,
            device=str(device),
            licence=agreed,
            languages=languages_of(folder),
        )

    @classmethod
    def load(cls, identifier: str, config: ModelConfig) -> PromptedModel:
        """Only what `hf:` finds to be such a model is loaded by this class."""
        raise NotImplementedError

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        return not_known(self._card, source_lang, target_lang)

    def _tell(self, source_lang: str, target_lang: str) -> Told:
        """The prompt about the source, as a message to the model where it chats."""
        names = {"source_language": _english(source_lang), "target_language": _english(target_lang)}
        prompt = self._config.prompt.format(source=_SOURCE, **names)
        if self._config.chat:
            message = {"role": "user", "content": prompt}
            prompt = self._tokenizer.apply_chat_template([message], tokenize=False, add_generation_prompt=True)
        before, _, after = prompt.partition(_SOURCE)
        return Told(0, None, task=before, after=after)

    def _fits(self, source: Sequence[int], target: Sequence[int], told: Told) -> bool:  # noqa: ARG002
        """Whether the prompt fits with its translation, and with one of the prompt's length."""
        return len(source) + max(len(source), len(target)) <= self.limit

    def _whole(self, pairs: Sequence[Pair], told: Told) -> Iterator[Part]:
        """The tokens of prompt and translation together, parted where the translation begins."""
        if not self._fits(self._ids(told.task + _SOURCE + told.after), (), told):
            why = f"the prompt is too long for its {self.limit} tokens"
            raise unusable(self._card.name, why, mend="Shorten the prompt")
        for pair in pairs:
            prompt = told.task + encodable(pair.source) + told.after
            space = "" if self._config.chat or not pair.target else " "
            target = encodable(pair.target)
            encoded = self._tokenizer(
                prompt + space + target,
                add_special_tokens=not self._config.chat,
                return_offsets_mapping=True,
                verbose=False,
            )
            ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
            # Special tokens have empty spans, those before the text at its beginning.
            places = [at for at, (start, end) in enumerate(offsets) if end > max(start, len(prompt))]
            first = places[0] if places else len(self._ids(prompt))
            begin = len(prompt) + len(space)
            spans = []
            for at in places:
                start, end = (max(0, offset - begin) for offset in offsets[at])
                spans.append(trimmed(target, start, start if ids[at] == self._space else end))
            yield Part(
                tuple(ids[:first]),
                (*(ids[at] for at in places), self._ends[0]),
                (*spans, Span(len(target), len(target))),
            )

    def _ids(self, prompt: str) -> list[int]:
        ids: list[int] = self._tokenizer(prompt, add_special_tokens=not self._config.chat, verbose=False)["input_ids"]
        # Some tokenizers end every text.
        return ids[:-1] if ids[-1:] == [self._tokenizer.eos_token_id] and not self._config.chat else ids

    def _translations(self, parts: Iterable[Part], told: Told) -> Iterator[Mapping[Part, str]]:  # noqa: ARG002
        most = self._config.batch_tokens // (2 * self._config.num_beams)
        for batch in batches(parts, lambda part: (len(part.source),), most):
            generation = copy.deepcopy(self._model.generation_config)
            generation.update(
                num_beams=self._config.num_beams,
                do_sample=False,
                num_return_sequences=1,
                max_length=None,
                max_new_tokens=max(map(self._room, batch)),
                eos_token_id=self._ends,
                pad_token_id=self._tokenizer.eos_token_id,
            )
            ids, mask = padded([part.source for part in batch], self._ends[-1], self._model.device, left=True)
            made = self._model.generate(input_ids=ids, attention_mask=mask.long(), generation_config=generation)
            rows = [row[: self._room(part)] for part, row in zip(batch, made[:, ids.shape[1] :], strict=True)]
            texts = self._tokenizer.batch_decode(rows, skip_special_tokens=True, clean_up_tokenization_spaces=False)
            yield {part: self._cut(text) for part, text in zip(batch, texts, strict=True)}

    def _room(self, part: Part) -> int:
        """Tokens of the longest translation; one that is longer runs on without an end."""
        return min(self.limit // 2, 2 * len(part.source))

    def _cut(self, text: str) -> str:
        """A prompted translation is one line; a chat model's is all that it says."""
        text = text.strip()
        return text if self._config.chat else text.partition("\n")[0].rstrip()

    def _log_probabilities(
        self,
        parts: Iterable[Part],
        told: Told,  # noqa: ARG002
    ) -> Iterator[Mapping[Part, list[float]]]:
        import torch

        most = min(self._config.batch_tokens, self._predictor.most or self._config.batch_tokens)
        for batch in batches(parts, lambda part: (len(part.source) + len(part.target),), most):
            ids, mask = padded(
                [(*part.source, *part.target[:-1]) for part in batch], self._ends[-1], self._model.device
            )
            # The token before each is the place where it is predicted.
            first = torch.tensor([[len(part.source) - 1] for part in batch], device=ids.device)
            wanted = mask & (torch.arange(ids.shape[1], device=ids.device) >= first)
            labels = torch.tensor([id_ for part in batch for id_ in part.target], device=ids.device)
            values = self._predictor.log_probabilities(wanted, labels, input_ids=ids, attention_mask=mask.long())
            ends = accumulate(len(part.target) for part in batch)
            rows = [values[start:end] for start, end in pairwise(chain((0,), ends))]
            yield dict(zip(batch, rows, strict=True))


def _english(tag: str) -> str:
    """`Swedish`, of `sv`."""
    return language_name(tag).rpartition(" (")[0] or tag

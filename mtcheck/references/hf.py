"""`hf:`: any transformers sequence-to-sequence checkpoint, by its hub id or as a local folder.

Loaded only from a folder or from the local hub cache; `HfModel.pull` alone fetches. A checkpoint's own
code is never run, and pickled weights are read by torch's `weights_only` reader alone.
"""

from __future__ import annotations

import copy
import json
import math
import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from mtcheck.core.config import ModelConfig
from mtcheck.core.languages import base_language, language_name
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Pair, Score, Span, TokenValue
from mtcheck.references.base import REFERENCES, Capability, Present, Progress, ReferenceModel
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
    longest_input,
    opened,
    unusable,
    weight_hash,
)
from mtcheck.references.quiet import quiet
from mtcheck.references.splitting import halves, joined

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

# Pairs tokenised and sorted by length at a time: what is held does not grow with the corpus.
_WINDOW = 4096
# Logits computed at a time; 2^26 take 256 MB in float32.
_MOST_LOGITS = 2**26
_PULLED = ("*.json", "*.model", "*.spm", "*.txt", "README.md", "LICENSE*")

# Language tokens in a vocabulary. Tokenizers that know a source language put its token before the source
# and the target's before the translation: M2M100 `__sv__`, NLLB `swe_Latn`, mBART `sv_SE`. With the others
# the target's token alone is given, before the source: OPUS-MT `>>swe<<`, MADLAD `<2sv>`.
_SOURCE_AND_TARGET = re.compile(r"__(\w+)__|([a-z]{3}_[A-Z][a-z]{3})|([a-z]{2})_[A-Z]{2}")
_TARGET_ONLY = re.compile(r">>(.+)<<|<2(\w+)>")


class _Told(NamedTuple):
    """How the model is told a language pair: `task` is text before the source, `source` ids before it.

    The decoder begins with `start`, then `forced` where there is one, then the translation.
    """

    start: int
    forced: int | None
    source: tuple[int, ...] = ()
    task: str = ""

    @property
    def decoder(self) -> tuple[int, ...]:
        return (self.start,) if self.forced is None else (self.start, self.forced)


@dataclass(frozen=True, slots=True)
class _Part:
    """Token ids of a source and of its translation with its end, and the spans of the translation's."""

    source: tuple[int, ...]
    target: tuple[int, ...]
    spans: tuple[Span, ...]


_Jobs = Mapping[Pair, Sequence[_Part]]


@REFERENCES.register
class HfModel(ReferenceModel):
    """A transformers encoder-decoder with its tokenizer. `limit` is its longest input, in tokens."""

    name = "hf"
    about = "any transformers seq2seq checkpoint, hub id or local folder; translates, says how likely"

    def __init__(self, identifier: str, folder: Path, revision: str, config: ModelConfig) -> None:
        import torch
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

        agreed = checked_licence(f"hf:{identifier}", folder, config)
        device, dtype = device_and_dtype(config)
        offline = {"local_files_only": True, "trust_remote_code": False}
        self._config = config
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, **offline)
        self._model, loading = AutoModelForSeq2SeqLM.from_pretrained(
            folder, dtype=getattr(torch, dtype), output_loading_info=True, **offline
        )
        # transformers fills missing weights with random numbers.
        if missing := sorted(loading["missing_keys"]):
            raise unusable(f"hf:{identifier}", f"{len(missing)} weights are missing, the first is {missing[0]}")
        self._model.to(device).eval()
        self._space: int | None = self._tokenizer.get_vocab().get("▁")
        self._head = self._model.get_output_embeddings()
        self._languages = _Languages(self._model, self._tokenizer)
        # Models without such a layer (FSMT) have tokenizers that cannot encode a translation either.
        if not isinstance(self._head, torch.nn.Linear):
            raise unusable(f"hf:{identifier}", "architectures without an output layer are not supported")
        if None in (self._tokenizer.eos_token_id, self._languages.start):
            raise unusable(f"hf:{identifier}", "it does not say with which tokens a text begins and ends")
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
    def load(cls, identifier: str, config: ModelConfig) -> HfModel:
        """The checkpoint in the folder `identifier`, or the one of that id in the local hub cache.

        Raises MtcheckError: MODEL_NOT_FOUND; MODEL_UNUSABLE if it is no sequence-to-sequence model, if files
        or weights are missing or damaged, or if the device is not there.
        """
        return opened(cls, cls.name, identifier, config)

    @classmethod
    def pull(cls, identifier: str, revision: str | None) -> Path:
        """Fetch what a checkpoint needs from the Hugging Face hub into the local cache; its folder there.

        Pickled weights are fetched only where there are no safetensors, other frameworks' weights never.

        Raises MtcheckError: MODEL_NOT_FOUND if the hub has no such model; MODEL_UNUSABLE if it cannot be
        fetched (no network, a gated model) or has no PyTorch weights.
        """
        return fetch(cls.name, identifier, revision, _PULLED, WEIGHTS)

    @classmethod
    def present(cls) -> Sequence[Present]:
        """The sequence-to-sequence models in the hub cache; what their tokenizers know is seen when they are loaded."""
        found = []
        for identifier, folder in cached():
            name = f"{cls.name}:{identifier}"
            if _is_seq2seq(folder) and not (folder / "modules.json").is_file():
                codes = _read(folder / "tokenizer_config.json")
                pair = _tag_of(codes.get("source_lang")), _tag_of(codes.get("target_lang"))
                pairs = ((pair[0], pair[1]),) if pair[0] and pair[1] else None
                found.append(Present(name, licence_of(name, folder), languages_of(folder), pairs))
        return found

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def conditions(self) -> Mapping[str, object]:
        return self._conditions

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        reason = self._languages.unfit(source_lang, target_lang)
        return reason and f"{self._card.name} {reason}"

    def translate(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[str]:
        """The model's translation of each source, by beam search as its own configuration sets it.

        A source over the limit is translated in parts cut at sentences, and the translations are joined. A
        translation that does not end is stopped at the limit.
        """
        asked = [pair._replace(target="") for pair in pairs]
        translations: dict[Pair, str] = {}
        counts = Counter(asked)
        for told, jobs in self._jobs(asked):
            made = self._run(self._generate, told, jobs, counts, progress, rows=self._config.num_beams)
            for pair, parts in jobs.items():
                translations[pair] = joined([made[part] for part in parts], pair.target_lang)
        return [translations[pair] for pair in asked]

    def likelihood(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[Score]:
        """Mean log-probability (nats, at most 0) of the target's tokens and of its end, with each token's.

        The end has an empty span. A pair over the limit is scored in parts cut at sentences, each given its
        own part of the source alone, and its signature says `split:yes`.

        Raises MtcheckError: MODEL_UNUSABLE if the model's numbers overflow, as some do in float16.
        """
        scores: dict[Pair, Score] = {}
        counts = Counter(pairs)
        for told, jobs in self._jobs(pairs):
            made = self._run(self._log_probabilities, told, jobs, counts, progress)
            for pair, parts in jobs.items():
                scores[pair] = self._score(parts, made)
        return [scores[pair] for pair in pairs]

    def _score(self, parts: Sequence[_Part], made: Mapping[_Part, Sequence[float]]) -> Score:
        tokens: list[TokenValue] = []
        for part in parts:
            # A part's end is no token of the text, unless it is the last part.
            del tokens[-1:]
            tokens += [TokenValue(*span, value) for span, value in zip(part.spans, made[part], strict=True)]
        mean = math.fsum(token.value for token in tokens) / len(tokens)
        card = self._card
        if not math.isfinite(mean):
            raise unusable(card.name, f"its numbers overflow in {card.dtype}", mend="Set the dtype to float32")
        signature = (
            f"likelihood:mean-token-logprob|unit:nats|model:{self._signed_name}|revision:{card.revision}"
            f"|weights:{card.weight_hash[:12]}|dtype:{card.dtype}|split:{'yes' if len(parts) > 1 else 'no'}"
        )
        return Score(mean, True, signature, tuple(tokens))

    def _jobs(self, pairs: Sequence[Pair]) -> Iterator[tuple[_Told, _Jobs]]:
        """Distinct pairs with their parts, so many at a time, each time in one language pair."""
        languages: dict[tuple[str, str], list[Pair]] = defaultdict(list)
        # Sorted, pairs that share a source lie together, so that it is encoded once.
        for pair in sorted(set(pairs)):
            languages[pair.source_lang, pair.target_lang].append(pair)
        for (source_lang, target_lang), group in languages.items():
            if reason := self.unfit(source_lang, target_lang):
                raise unusable(self._card.name, reason, mend="Choose another reference model")
            for first in range(0, len(group), _WINDOW):
                window = group[first : first + _WINDOW]
                told = self._languages.tell(source_lang, target_lang)
                with quiet():
                    parts = self._parts(window, told)
                yield told, dict(zip(window, parts, strict=True))

    def _parts(self, pairs: Sequence[Pair], told: _Told) -> list[list[_Part]]:
        """Each pair as tokens: one part, or as many as it takes to be within the limit."""
        sources = self._source_ids([told.task + pair.source for pair in pairs], told)
        targets = self._target_ids([pair.target for pair in pairs])
        parts = []
        for pair, source, (target, spans) in zip(pairs, sources, targets, strict=True):
            if max(len(source), len(told.decoder) + len(target) - 1) <= self.limit:
                parts.append([_Part(source, target, spans)])
            else:
                left, right = halves(pair, source_fits=len(source) <= self.limit)
                first, second = self._parts([left, right], told)
                offset = len(pair.target) - len(right.target)
                parts.append([*first, *(_shifted(part, offset) for part in second)])
        return parts

    def _source_ids(self, texts: Sequence[str], told: _Told) -> list[tuple[int, ...]]:
        encoded = self._tokenizer([encodable(text) for text in texts], verbose=False)["input_ids"]
        return [(*told.source, *ids) or (self._tokenizer.eos_token_id,) for ids in encoded]

    def _target_ids(self, texts: Sequence[str]) -> list[tuple[tuple[int, ...], tuple[Span, ...]]]:
        """Ids and spans of each text's tokens and of its end."""
        tokenizer = self._tokenizer
        clean = [encodable(text) for text in texts]
        if tokenizer.is_fast:
            encoded = tokenizer(text_target=clean, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
            ids = encoded["input_ids"]
            spans = [
                # A space of its own is given the offsets of the character after it.
                [
                    _trimmed(text, start, start if one == self._space else end)
                    for one, (start, end) in zip(some, mapping, strict=True)
                ]
                for text, some, mapping in zip(clean, ids, encoded["offset_mapping"], strict=True)
            ]
        else:
            # The hook that transformers' own `text_target` calls. Pieces keep unknown characters, ids do not.
            tokenizer._switch_to_target_mode()
            pieces = [tokenizer.tokenize(text) for text in clean]
            ids = [tokenizer.convert_tokens_to_ids(some) for some in pieces]
            tokenizer._switch_to_input_mode()
            spans = [_aligned(some, text) for some, text in zip(pieces, clean, strict=True)]
        return [
            ((*some, tokenizer.eos_token_id), (*where, Span(len(text), len(text))))
            for some, where, text in zip(ids, spans, texts, strict=True)
        ]

    def _run(
        self,
        compute: Callable[[Sequence[_Part], _Told], Sequence[T]],
        told: _Told,
        jobs: _Jobs,
        counts: Mapping[Pair, int],
        progress: Progress | None,
        *,
        rows: int = 1,
    ) -> dict[_Part, T]:
        """What `compute` makes of each part; `rows` says how many rows of a batch a part takes."""
        import torch

        batches = list(self._batches(set(chain.from_iterable(jobs.values())), rows))
        turn = {part: number for number, batch in enumerate(batches) for part in batch}
        # A pair is finished with the last batch that holds one of its parts.
        finished: Counter[int] = Counter()
        for pair, parts in jobs.items():
            finished[max(turn[part] for part in parts)] += counts[pair]
        made: dict[_Part, T] = {}
        for number, batch in enumerate(batches):
            with quiet(), torch.inference_mode():
                made.update(zip(batch, compute(batch, told), strict=True))
            if progress and finished[number]:
                progress(finished[number])
        return made

    def _batches(self, parts: set[_Part], rows: int) -> Iterator[list[_Part]]:
        """Parts of like length together, longest first, those of one source side by side.

        A batch has at most `batch_tokens` tokens, padding counted; its logits are at most `_MOST_LOGITS`.
        """
        vocabulary = self._head.weight.shape[0]
        batch: list[_Part] = []
        source = target = 0
        for part in sorted(parts, key=lambda part: (len(part.source), part.source, len(part.target)), reverse=True):
            source, target = max(source, len(part.source)), max(target, len(part.target))
            tokens = rows * (len(batch) + 1) * (source + target)
            logits = vocabulary * (sum(len(one.target) for one in batch) + len(part.target))
            if batch and (tokens > self._config.batch_tokens or logits > _MOST_LOGITS):
                yield batch
                batch, source, target = [], len(part.source), len(part.target)
            batch.append(part)
        if batch:
            yield batch

    def _generate(self, batch: Sequence[_Part], told: _Told) -> list[str]:
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

    def _log_probabilities(self, batch: Sequence[_Part], told: _Told) -> list[list[float]]:
        """For each part, the log-probability of each of its target's tokens given all before it."""
        import torch
        from torch.nn.functional import cross_entropy
        from transformers.modeling_outputs import BaseModelOutput

        sources = {source: row for row, source in enumerate(dict.fromkeys(part.source for part in batch))}
        ids, mask = self._padded(list(sources))
        encoded = self._model.get_encoder()(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        rows = torch.tensor([sources[part.source] for part in batch], device=encoded.device)
        inputs, wanted = self._padded([(*told.decoder, *part.target[:-1]) for part in batch])
        wanted[:, : len(told.decoder) - 1] = False

        # The largest of the matrices is multiplied for the tokens that are wanted, not for the padding.
        hook = self._head.register_forward_pre_hook(lambda _, hidden: (hidden[0][wanted],))
        try:
            logits = self._model(
                encoder_outputs=BaseModelOutput(last_hidden_state=encoded[rows]),
                attention_mask=mask[rows].long(),
                decoder_input_ids=inputs,
                use_cache=False,
            ).logits
        finally:
            hook.remove()
        labels = torch.tensor([id_ for part in batch for id_ in part.target], device=logits.device)
        values = (-cross_entropy(logits.float(), labels, reduction="none")).tolist()
        ends = accumulate(len(part.target) for part in batch)
        return [values[start:end] for start, end in pairwise(chain((0,), ends))]

    def _padded(self, sequences: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids, padded at the end, and where they are no padding: both (sequences, longest)."""
        import torch

        longest = max(map(len, sequences))
        pad = self._tokenizer.pad_token_id or 0
        ids = torch.tensor([[*some, *[pad] * (longest - len(some))] for some in sequences])
        mask = torch.arange(longest) < torch.tensor([[len(some)] for some in sequences])
        return ids.to(self._model.device), mask.to(self._model.device)


class _Languages:
    """How one checkpoint is told languages, and which it knows, as far as it says.

    `start` is the id that its decoder begins with.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        generation = model.generation_config
        self._tokenizer = tokenizer
        self.start: Any = generation.decoder_start_token_id
        if self.start is None:
            self.start = getattr(model.config, "decoder_start_token_id", self.start)
        self._forced: int | None = generation.forced_bos_token_id
        self._both_sides = hasattr(tokenizer, "src_lang")
        shape = _SOURCE_AND_TARGET if self._both_sides else _TARGET_ONLY
        vocabulary = {*tokenizer.get_vocab(), *getattr(tokenizer, "lang_token_to_id", ())}
        matches = filter(None, map(shape.fullmatch, vocabulary))
        self._tokens: dict[str, str] = {match[match.lastindex or 0]: match[0] for match in matches}
        tasks = getattr(model.config, "task_specific_params", None) or {}
        self._tasks: dict[tuple[str, str], str] = {
            (match[1], match[2]): task["prefix"]
            for name, task in tasks.items()
            if (match := re.fullmatch(r"translation_(\w+)_to_(\w+)", name))
        }
        # OPUS-MT's; groups such as ROMANCE or mul are not among the codes known here.
        self._source = _tag_of(getattr(tokenizer, "source_lang", None))
        self._target = None if self._tokens else _tag_of(getattr(tokenizer, "target_lang", None))

    def _token(self, tag: str) -> str | None:
        return next((self._tokens[code] for code in _codes(tag) if code in self._tokens), None)

    def _task(self, source_lang: str, target_lang: str) -> str:
        """The text that asks T5 for this pair; empty if the checkpoint names no such task."""
        return self._tasks.get((base_language(source_lang) or "", base_language(target_lang) or ""), "")

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        """What the model cannot do, as the rest of a sentence that begins with its name."""
        if self._tokens:
            asked = (source_lang, target_lang) if self._both_sides else (target_lang,)
            unknown = [language_name(tag) for tag in dict.fromkeys(asked) if not self._token(tag)]
            if unknown:
                return f"does not know {' or '.join(unknown)}"
        wrong = [
            stated
            for stated, tag in ((self._source, source_lang), (self._target, target_lang))
            if stated and base_language(stated) != base_language(tag)
        ]
        if wrong or (self._tasks and not self._task(source_lang, target_lang)):
            return f"does not translate {language_name(source_lang)} to {language_name(target_lang)}"
        return None

    def tell(self, source_lang: str, target_lang: str) -> _Told:
        """What the model is to be given for a fit pair; a tokenizer that has languages is set to them."""
        told = _Told(self.start, self._forced, task=self._task(source_lang, target_lang))
        target = self._token(target_lang)
        if target is None:
            return told
        target_id = self._tokenizer.convert_tokens_to_ids(target)
        if not self._both_sides:
            return told._replace(source=(target_id,))
        # M2M100's tokenizer wants the code in the token, the others the token.
        self._tokenizer.tgt_lang = target.strip("_")
        self._tokenizer.src_lang = (self._token(source_lang) or "").strip("_")
        # The first mBART begins with the language itself.
        if type(self._tokenizer).__name__.startswith("MBartTokenizer"):
            return told._replace(start=target_id, forced=None)
        return told._replace(forced=target_id)

    def known(self) -> tuple[str, ...] | None:
        """BCP 47 tags of all languages it handles; None where it does not say."""
        if self._tokens:
            return tuple(sorted({*filter(self._token, _names()), *filter(None, [self._source])}))
        if self._tasks:
            return tuple(sorted({*chain.from_iterable(self._tasks)}))
        return (self._source, self._target) if self._source and self._target else None


@lru_cache(maxsize=1)
def _names() -> Mapping[str, list[str]]:
    text = (files(__package__) / "hf_languages.toml").read_text(encoding="utf-8")
    names: dict[str, list[str]] = tomllib.loads(text)
    return names


def _codes(tag: str) -> Iterator[str]:
    """What checkpoints may call a language, the most exact first."""
    base = base_language(tag) or ""
    names = _names().get(tag) or _names().get(base, [])
    yield tag.replace("-", "_")
    yield from names
    yield base
    yield from (name.split("_")[0] for name in names)


def _tag_of(code: str | None) -> str | None:
    """The BCP 47 tag of the language that a checkpoint calls `code`; None for groups of languages."""
    return next((tag for tag in _names() if code in set(_codes(tag))), None)


def _is_seq2seq(folder: Path) -> bool:
    from transformers import CONFIG_MAPPING, MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING

    kind = _read(folder / "config.json").get("model_type")
    return kind in CONFIG_MAPPING and CONFIG_MAPPING[kind] in MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING


def _read(path: Path) -> Mapping[str, Any]:
    """A JSON object; empty where it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _shifted(part: _Part, offset: int) -> _Part:
    return replace(part, spans=tuple(Span(start + offset, end + offset) for start, end in part.spans))


def _trimmed(text: str, start: int, end: int) -> Span:
    """Without the white space that many tokenizers count with the word after it."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return Span(start, start + len(piece.strip()))


def _aligned(pieces: Sequence[str], text: str) -> list[Span]:
    """Where in `text` each piece of it stands, for tokenizers that do not say: in order, inside the text.

    The pieces are of a normalised text: composed, with white space collapsed, some characters dropped. So
    the two are aligned without white space, after NFKC, by the fewest edits.
    """
    from rapidfuzz.distance import Levenshtein

    clusters: list[Span] = []
    for at, char in enumerate(text):
        start = clusters.pop().start if clusters and unicodedata.combining(char) else at
        clusters.append(Span(start, at + 1))
    origins = [(span, char) for span in clusters for char in _solid(unicodedata.normalize("NFKC", span.of(text)))]
    folded = "".join(char for _, char in origins)
    solid = [_solid(piece) for piece in pieces]
    # For each character of the pieces, the first and the end of its characters in `folded`.
    places: list[tuple[int, int]] = []
    for edit in Levenshtein.opcodes("".join(solid), folded):
        length, to = edit.src_end - edit.src_start, edit.dest_start
        if edit.tag == "delete":
            places += [(to, to)] * length
        else:
            places += [(to + step, to + step + 1) for step in range(length)]
    spans = []
    last = Span(0, 0)
    at = 0
    for piece in solid:
        first, end = (places[at][0], places[at + len(piece) - 1][1]) if piece else (0, 0)
        at += len(piece)
        if first < end:
            (start, _), (_, stop) = origins[first][0], origins[end - 1][0]
            last = Span(max(last.start, start), max(last.end, stop))
            spans.append(last)
        else:
            spans.append(Span(last.end, last.end))
            last = spans[-1]
    return spans


def _solid(text: str) -> str:
    return "".join(char for char in text if char != "▁" and not char.isspace())

"""Models that see texts as tokens of a transformers tokenizer and are told languages by some of them."""

from __future__ import annotations

import json
import math
import re
import tomllib
import unicodedata
from abc import abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from mtcheck.core.languages import base_language, language_name
from mtcheck.core.types import Pair, Score, Span, TokenValue
from mtcheck.references.base import Progress
from mtcheck.references.checkpoints import CheckpointModel, encodable, unusable
from mtcheck.references.quiet import quiet
from mtcheck.references.splitting import halves, joined, shifted, trimmed

T = TypeVar("T")

# Pairs tokenised and sorted by length at a time: what is held does not grow with the corpus.
_WINDOW = 4096

# Language tokens in a vocabulary. Tokenizers that know a source language put its token before the source
# and the target's before the translation: M2M100 `__sv__`, NLLB `swe_Latn`, mBART `sv_SE`. With the others
# the target's token alone is given, before the source: OPUS-MT `>>swe<<`, MADLAD `<2sv>`.
_SOURCE_AND_TARGET = re.compile(r"__(\w+)__|([a-z]{3}_[A-Z][a-z]{3})|([a-z]{2})_[A-Z]{2}")
_TARGET_ONLY = re.compile(r">>(.+)<<|<2(\w+)>")


class Told(NamedTuple):
    """How the model is told a language pair: `task` is text before the source, `source` ids before it, `after` text.

    The decoder begins with `start`, then `forced` where there is one, then the translation.
    """

    start: int
    forced: int | None
    source: tuple[int, ...] = ()
    task: str = ""
    after: str = ""

    @property
    def decoder(self) -> tuple[int, ...]:
        return (self.start,) if self.forced is None else (self.start, self.forced)


@dataclass(frozen=True, slots=True)
class Part:
    """Token ids of a source and of its translation with its end, and the spans of the translation's."""

    source: tuple[int, ...]
    target: tuple[int, ...]
    spans: tuple[Span, ...]


_Jobs = Mapping[Pair, Sequence[Part]]


class TokenModel(CheckpointModel):
    """A translation model with its tokenizer, which the family's class loads.

    Attributes: `limit` is its longest input, in tokens; `_signed_name` what its signatures call it; `_asked` what they
    say of how it is asked.
    """

    _asked = ""

    limit: int
    _tokenizer: Any
    _languages: Languages
    _space: int | None
    _signed_name: str

    @abstractmethod
    def _translations(self, parts: Iterable[Part], told: Told) -> Iterator[Mapping[Part, str]]:
        """The translation of each part's source, some parts at a time."""

    @abstractmethod
    def _log_probabilities(self, parts: Iterable[Part], told: Told) -> Iterator[Mapping[Part, list[float]]]:
        """The log-probability of each token of each part's target given all before it, some parts at a time."""

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        reason = self._languages.unfit(source_lang, target_lang)
        return reason and f"{self.card.name} {reason}"

    def _tell(self, source_lang: str, target_lang: str) -> Told:
        """What the model is to be given for a fit pair of languages."""
        return self._languages.tell(source_lang, target_lang)

    def translate(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[str]:
        """The model's translation of each source, by beam search as its own configuration sets it.

        A source over the limit is translated in parts cut at sentences, and the translations are joined. A
        translation that does not end is stopped at the limit.
        """
        asked = [pair._replace(target="") for pair in pairs]
        translations: dict[Pair, str] = {}
        counts = Counter(asked)
        for told, jobs in self._jobs(asked):
            made = self._run(self._translations, told, jobs, counts, progress)
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

    def _score(self, parts: Sequence[Part], made: Mapping[Part, Sequence[float]]) -> Score:
        tokens: list[TokenValue] = []
        for part in parts:
            # A part's end is no token of the text, unless it is the last part.
            del tokens[-1:]
            tokens += [TokenValue(*span, value) for span, value in zip(part.spans, made[part], strict=True)]
        mean = math.fsum(token.value for token in tokens) / len(tokens)
        card = self.card
        if not math.isfinite(mean):
            raise unusable(card.name, f"its numbers overflow in {card.dtype}", mend="Set the dtype to float32")
        signature = (
            f"likelihood:mean-token-logprob|unit:nats|model:{self._signed_name}|revision:{card.revision}"
            f"|weights:{card.weight_hash[:12]}|dtype:{card.dtype}{self._asked}"
            f"|split:{'yes' if len(parts) > 1 else 'no'}"
        )
        return Score(mean, True, signature, tuple(tokens))

    def _jobs(self, pairs: Sequence[Pair]) -> Iterator[tuple[Told, _Jobs]]:
        """Distinct pairs with their parts, so many at a time, each time in one language pair."""
        languages: dict[tuple[str, str], list[Pair]] = defaultdict(list)
        # Sorted, pairs that share a source lie together, so that it is encoded once.
        for pair in sorted(set(pairs)):
            languages[pair.source_lang, pair.target_lang].append(pair)
        for (source_lang, target_lang), group in languages.items():
            if reason := self.unfit(source_lang, target_lang):
                raise unusable(self.card.name, reason, mend="Choose another reference model")
            for first in range(0, len(group), _WINDOW):
                window = group[first : first + _WINDOW]
                told = self._tell(source_lang, target_lang)
                with quiet():
                    parts = self._parts(window, told)
                yield told, dict(zip(window, parts, strict=True))

    def _parts(self, pairs: Sequence[Pair], told: Told) -> list[list[Part]]:
        """Each pair as tokens: one part, or as many as it takes to be within the limit."""
        parts = []
        for pair, part in zip(pairs, self._whole(pairs, told), strict=True):
            if self._fits(part.source, part.target, told):
                parts.append([part])
            else:
                left, right = halves(pair, source_fits=self._fits(part.source, (), told))
                first, second = self._parts([left, right], told)
                offset = len(pair.target) - len(right.target)
                parts.append([*first, *(replace(part, spans=shifted(part.spans, offset)) for part in second)])
        return parts

    def _fits(self, source: Sequence[int], target: Sequence[int], told: Told) -> bool:
        """Whether both are within the limit."""
        return max(len(source), len(told.decoder) + len(target) - 1) <= self.limit

    def _whole(self, pairs: Sequence[Pair], told: Told) -> Iterator[Part]:
        """Each pair as tokens, however long."""
        sources = self._source_ids([told.task + pair.source + told.after for pair in pairs], told)
        targets = self._target_ids([pair.target for pair in pairs])
        return (Part(source, *target) for source, target in zip(sources, targets, strict=True))

    def _source_ids(self, texts: Sequence[str], told: Told) -> list[tuple[int, ...]]:
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
                    trimmed(text, start, start if one == self._space else end)
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
            spans = [aligned(some, text) for some, text in zip(pieces, clean, strict=True)]
        return [
            ((*some, tokenizer.eos_token_id), (*where, Span(len(text), len(text))))
            for some, where, text in zip(ids, spans, texts, strict=True)
        ]

    def _run(
        self,
        compute: Callable[[Iterable[Part], Told], Iterator[Mapping[Part, T]]],
        told: Told,
        jobs: _Jobs,
        counts: Mapping[Pair, int],
        progress: Progress | None,
    ) -> dict[Part, T]:
        """What `compute` makes of each part, some at a time."""
        import torch

        made: dict[Part, T] = {}
        waiting = {pair: set(parts) for pair, parts in jobs.items()}
        with quiet(), torch.inference_mode():
            for some in compute(dict.fromkeys(chain.from_iterable(jobs.values())), told):
                made |= some
                finished = [pair for pair, parts in waiting.items() if parts <= made.keys()]
                if progress and finished:
                    progress(sum(counts[pair] for pair in finished))
                for pair in finished:
                    del waiting[pair]
        return made


class Languages:
    """How one checkpoint is told languages, and which it knows, as far as it says.

    Args:
        start: the id that its decoder begins with.
        forced: the id that follows it whatever the languages, where there is one.
        tasks: by the base languages of a pair, the text that asks for it.
    """

    def __init__(
        self,
        tokenizer: Any,
        start: int,
        forced: int | None = None,
        tasks: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self._tokenizer = tokenizer
        self._start, self._forced, self._tasks = start, forced, tasks or {}
        self._both_sides = hasattr(tokenizer, "src_lang")
        shape = _SOURCE_AND_TARGET if self._both_sides else _TARGET_ONLY
        vocabulary = {*tokenizer.get_vocab(), *getattr(tokenizer, "lang_token_to_id", ())}
        matches = filter(None, map(shape.fullmatch, vocabulary))
        self._tokens: dict[str, str] = {match[match.lastindex or 0]: match[0] for match in matches}
        # OPUS-MT's; groups such as ROMANCE or mul are not among the codes known here.
        self._source = tag_of(getattr(tokenizer, "source_lang", None))
        self._target = None if self._tokens else tag_of(getattr(tokenizer, "target_lang", None))

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

    def tell(self, source_lang: str, target_lang: str) -> Told:
        """What the model is to be given for a fit pair; a tokenizer that has languages is set to them."""
        told = Told(self._start, self._forced, task=self._task(source_lang, target_lang))
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


def pair_of(folder: Path) -> tuple[tuple[str, str], ...] | None:
    """The one language pair that the tokenizer in a folder is made for, where it says so."""
    stated = read_json(folder / "tokenizer_config.json")
    source, target = tag_of(stated.get("source_lang")), tag_of(stated.get("target_lang"))
    return ((source, target),) if source and target else None


def tag_of(code: str | None) -> str | None:
    """The BCP 47 tag of the language that a checkpoint calls `code`; None for groups of languages."""
    return next((tag for tag in _names() if code in set(_codes(tag))), None)


def read_json(path: Path) -> Mapping[str, Any]:
    """A JSON object; empty where it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def aligned(pieces: Sequence[str], text: str) -> list[Span]:
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

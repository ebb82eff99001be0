"""`mini`: the embedded default. Works offline on the first run, on a CPU.

A quality-estimation model of our own (docs/mini.md is its card): the sentence encoder of Google's Universal Sentence
Encoder Multilingual v3, taught more languages, and an estimator that lets the words of source and translation meet. It
says how good people would judge a translation, from 0 to 100, and which words of it they would mend. It cannot
translate. The recipe is `mtcheck/training`.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import base_language, language_name
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Pair, Score, Span, TokenValue
from mtcheck.references.base import REFERENCES, Capability, Progress, ReferenceModel
from mtcheck.references.checkpoints import conditions_of, device_and_dtype, first_line, unusable
from mtcheck.references.splitting import halves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_Batch = TypeVar("_Batch")
_Result = TypeVar("_Result")

_WEIGHTS = "weights"
_SENTENCEPIECE = "sentencepiece.model"
# Pairs tokenised and sorted by length at a time: what is held does not grow with the corpus.
_WINDOW = 4096
# Languages that are written without spaces: each piece is a word.
_UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "km", "my"})
# Scores are given to two decimals: beyond them, floating point depends on the batch.
_DECIMALS = 2


@dataclass
class _Part:
    """A pair within the model's limit, whose target begins at `offset` of the whole; then what was found of it."""

    pair: Pair
    source: tuple[int, ...]
    target: tuple[int, ...]
    offset: int = 0
    value: float = 0.0
    words: tuple[TokenValue, ...] = ()

    @property
    def longest(self) -> int:
        return max(len(self.source), len(self.target))


@REFERENCES.register
class MiniModel(ReferenceModel):
    """Estimates, 0 to 100. `tokens` of a score are the words that are probably wrong, with 100 times how right."""

    name = "mini"
    about = "embedded quality estimation, 19 languages, offline; says how good and which words are doubtful"

    def __init__(self, folder: Path, config: ModelConfig) -> None:
        import torch

        from mtcheck.references.mini._int8 import in_int8
        from mtcheck.references.mini._modeling import SAFETENSORS, MiniNetwork
        from mtcheck.references.mini._tokens import Tokenizer

        self._device, dtype = device_and_dtype(config)
        self.apart = self._device.type == "cpu" and config.dtype == "auto"
        self._dtype = "int8" if self.apart else dtype
        self._batch_tokens = config.batch_tokens
        self._tokenizer = Tokenizer(folder / _SENTENCEPIECE)
        network = MiniNetwork.from_pretrained(folder, dtype=getattr(torch, dtype))
        try:
            self._network = in_int8(network) if self.apart else network.to(self._device)
        except RuntimeError as error:
            raise unusable(self.name, first_line(error), mend="Choose another device with model.device") from None
        self._conditions = conditions_of(config, self._device, folder)
        self._fitted = network.config
        with (folder / SAFETENSORS).open("rb") as file:
            self._weight_hash = hashlib.file_digest(file, "sha256").hexdigest()

    @classmethod
    def load(cls, identifier: str, config: ModelConfig) -> MiniModel:
        """The embedded model.

        Raises MODEL_NOT_FOUND if `identifier` is not empty, MODEL_UNUSABLE if the device cannot be used.
        """
        if identifier:
            raise MtcheckError(
                Code.MODEL_NOT_FOUND,
                f"there is one mini model, and it is not called '{identifier}'",
                where=f"mini:{identifier}",
                mend="Write mini alone",
            )
        with as_file(files(__name__) / _WEIGHTS) as folder:
            return cls(folder, config)

    @cached_property
    def card(self) -> ModelCard:
        return ModelCard(
            name=self.name,
            capabilities=(Capability.ESTIMATE.value,),
            revision=self._fitted.revision,
            weight_hash=self._weight_hash,
            dtype=self._dtype,
            device=str(self._device),
            licence="Apache-2.0",
            languages=tuple(self._fitted.languages),
            calibration=tuple((score, share) for score, share in self._fitted.calibration),
        )

    @property
    def conditions(self) -> Mapping[str, object]:
        return self._conditions

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        unknown = [tag for tag in (source_lang, target_lang) if base_language(tag) not in self._fitted.languages]
        names = " or ".join(language_name(tag) for tag in dict.fromkeys(unknown))
        return f"mini does not know {names}" if unknown else None

    def share_judged_bad(self, score: float) -> float:
        """The share, 0 to 1, of translations with this score that people gave less than 50 of 100."""
        points = self._fitted.calibration
        at = bisect_left([point for point, _ in points], score)
        if at in (0, len(points)):
            return float(points[min(at, len(points) - 1)][1])
        (low, before), (high, after) = points[at - 1], points[at]
        return float(before + (after - before) * (score - low) / (high - low))

    def estimate(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[Score]:
        """The direct assessment that people would give, in [0, 100], with the words that are probably wrong.

        0 for an empty target and where one side alone has a letter or digit, 100 where neither has: there is nothing to
        judge. Where a text is longer than what the model was fitted to, both are cut at sentences, the value is the
        mean of the parts by their length, and the signature says how many there are.
        """
        weights = f"weights:{self._weight_hash[:12]}|dtype:{self._dtype}"
        signature = f"estimate:direct-assessment|model:mini {self.card.revision}|{weights}"
        counts = Counter(pairs)
        unique = sorted(counts)
        scores: dict[Pair, Score] = {}
        for first in range(0, len(unique), _WINDOW):
            chunk = unique[first : first + _WINDOW]
            for pair, (value, parts, tokens) in zip(chunk, self._judge_all(chunk), strict=True):
                note = f"|split:{parts}" if parts > 1 else ""
                scores[pair] = Score(round(value, _DECIMALS), True, signature + note, tokens)
            if progress:
                progress(sum(counts[pair] for pair in chunk))
        return [scores[pair] for pair in pairs]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, (texts, 512), of the encoder: what means the same lies near, in whatever of its languages.

        Of a text longer than what the model was fitted to, its beginning counts.
        """
        import numpy as np
        import torch

        from mtcheck.references.mini._modeling import Texts

        longest = self._fitted.longest
        encoded = [pieces[:longest] for pieces in self._tokenizer.encode_all(texts)]
        vectors = np.zeros((len(texts), self._fitted.vector_size), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(encoded[at]))
        step = max(1, self._batch_tokens // longest)
        batches = [order[first : first + step] for first in range(0, len(order), step)]

        def vectors_of(batch: Sequence[int]) -> NDArray[np.float32]:
            with torch.inference_mode():
                _, found = self._network.encoder(Texts.of([encoded[at] for at in batch], self._device))
            numbers: NDArray[np.float32] = found.float().cpu().numpy()
            return numbers

        for batch, found in zip(batches, self._each(vectors_of, batches), strict=True):
            vectors[batch] = found
        return vectors

    def _judge_all(self, pairs: Sequence[Pair]) -> Iterator[tuple[float, int, tuple[TokenValue, ...]]]:
        """Of each pair its value, in how many parts it was judged, and its doubtful words."""
        judged = self._parts([pair for pair in pairs if _worded(pair.source) and _worded(pair.target)])
        self._judge([part for parts in judged.values() for part in parts])
        for pair in pairs:
            if pair in judged:
                parts = judged[pair]
                lengths = [len(part.target) for part in parts]
                value = sum(part.value * length for part, length in zip(parts, lengths, strict=True)) / sum(lengths)
                yield value, len(parts), tuple(word for part in parts for word in part.words)
            else:
                yield 100.0 * bool(pair.target.strip() and _worded(pair.source) == _worded(pair.target)), 1, ()

    def _parts(self, pairs: Sequence[Pair]) -> dict[Pair, list[_Part]]:
        """Each pair as pieces: one part, or as many as it takes to be within the limit."""
        encode, longest = self._tokenizer.encode_all, self._fitted.longest
        found = {}
        sources, targets = encode([pair.source for pair in pairs]), encode([pair.target for pair in pairs])
        for pair, source, target in zip(pairs, sources, targets, strict=True):
            if max(len(source), len(target)) <= longest:
                found[pair] = [_Part(pair, tuple(source), tuple(target))]
            else:
                found[pair] = []
                left, right = halves(pair, source_fits=len(source) <= longest)
                for half, offset in ((left, 0), (right, len(pair.target) - len(right.target))):
                    for part in self._parts([half])[half]:
                        part.offset += offset
                        found[pair].append(part)
        return found

    def _judge(self, parts: Sequence[_Part]) -> None:
        """Fill in the value and the words of each part."""
        from mtcheck.references.mini._modeling import padded_length

        # Those that are padded alike are together: how much a text is padded changes the last digits of what is found.
        # And those that share a source, so that it is encoded once.
        alike: dict[int, list[_Part]] = defaultdict(list)
        for part in parts:
            alike[padded_length(part.longest)].append(part)
        batches = []
        for length, some in sorted(alike.items()):
            some.sort(key=lambda part: (part.source, part.target))
            step = max(1, self._batch_tokens // (2 * length))
            batches += [some[first : first + step] for first in range(0, len(some), step)]
        for batch, (values, wrong) in zip(batches, self._each(self._judged, batches), strict=True):
            at = 0
            for part, value in zip(batch, values, strict=True):
                part.value = value
                chances = wrong[at : at + len(part.target)]
                at += len(part.target)
                # To find where the pieces stand takes as long as to judge them.
                if max(chances) >= self._fitted.bad_word:
                    part.words = self._words(part, chances)

    def _judged(self, batch: Sequence[_Part]) -> tuple[list[float], list[float]]:
        """The values of the parts, and the chances that each piece of their targets is wrong."""
        import torch

        with torch.inference_mode():
            judgement = self._network([part.source for part in batch], [part.target for part in batch])
            # As doubles: of floats the last digit depends on how many there are.
            values, wrong = (logits.double().sigmoid() for logits in (judgement.quality, judgement.target_words))
            return (100 * values).tolist(), wrong.tolist()

    def _each(self, work: Callable[[_Batch], _Result], batches: Sequence[_Batch]) -> Iterator[_Result]:
        """What `work` makes of each batch, in order.

        On a CPU as many are worked on at a time as torch has threads, each in one thread: that is quicker than to share
        out every operation, and where one is cut its last digits may change.
        """
        import torch

        if self._device.type != "cpu":
            yield from map(work, batches)
            return
        threads = torch.get_num_threads()
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            try:
                yield from pool.map(work, batches)
            finally:
                # What was set last, in whatever thread, holds for threads to come.
                torch.set_num_threads(threads)

    def _words(self, part: _Part, chances: Sequence[float]) -> tuple[TokenValue, ...]:
        """The words that are probably wrong."""
        spans = self._tokenizer.spans(part.pair.target)
        words = words_of(part.pair.target, spans, spaced=base_language(part.pair.target_lang) not in _UNSPACED)
        found = []
        for pieces in words:
            chance = sum(chances[piece] for piece in pieces) / len(pieces)
            if chance >= self._fitted.bad_word:
                start, end = spans[pieces[0]].start + part.offset, spans[pieces[-1]].end + part.offset
                found.append(TokenValue(start, end, round(100 * (1 - chance), _DECIMALS)))
        return tuple(found)


def words_of(text: str, spans: Sequence[Span], *, spaced: bool) -> list[list[int]]:
    """The pieces of each word: those that touch with letters or digits, or each by itself where `spaced` is false."""
    words: list[list[int]] = []
    for piece, span in enumerate(spans):
        if span.start == span.end:
            continue
        inner = span.start > 0 and text[span.start - 1].isalnum() and text[span.start].isalnum()
        if words and spaced and inner and spans[words[-1][-1]].end == span.start:
            words[-1].append(piece)
        else:
            words.append([piece])
    return words


def _worded(text: str) -> bool:
    return any(map(str.isalnum, text))

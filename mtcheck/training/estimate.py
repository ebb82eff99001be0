"""Train the estimator on rated translations and on synthetic faults; the encoder stays as it is.

    python -m mtcheck.training.estimate --encoder FILE --vocabulary FILE --output FOLDER

What the encoder makes of the texts is computed once, and kept in the main directions of what it sums up, where
translations lie near already: the estimator's first layer is learnt over these. What is kept of the training is a
running mean of the weights.

Each step takes rated translations of one language pair, whose scores shall correlate with the judgements (Pearson) and
lie where these lie, and pairs of a right translation with a faulty one, which shall score lower, the more so the more
of it is wrong. Both sides' words are told apart into good and bad. The last twentieth of the rated translations is held
out: the calibration is read from it, and after how many steps the mean is best.
"""

from __future__ import annotations

import argparse
import random
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mtcheck.core.types import Span
from mtcheck.references.mini._modeling import Encoder, Estimator, Judgement, MiniConfig, MiniNetwork, Texts
from mtcheck.references.mini._tokens import Tokenizer
from mtcheck.training.adapt import load_encoder
from mtcheck.training.faults import WORD, Material, make_fault
from mtcheck.training.parallel import ADAPTED, Sentence, read_parallel, varied
from mtcheck.training.rated import PAIRS, Rated, held_out, read_rated

ORIGINAL = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")
# Of the languages that the table was adapted to, those in which the right English sentence is found nine times in ten.
LEARNT = ("da", "nb", "sv")
# Known from rated translations alone, but in pieces that the encoder has.
RATED = ("ro",)
_REVISION = "2"
_RATED, _FAULTY = 48, 24
_RATE = 1.5e-3
_MOST = 8_000
_LONGEST = 120
# Faults need no long sentences, which cost more.
_LONGEST_FAULTY = 80
# The share of faults that are made of two sentences in a row.
_TWO = 0.35
# Directions of the encoder's features that the first layer is learnt over.
_DIRECTIONS = 256
_DROPOUT = 0.1
# The running mean of the weights goes back some 200 steps.
_DECAY = 0.995
_CHECK = 200
# Batches drawn together and sorted by length: texts of like length pad each other little.
_TOGETHER = 3
_BAD_BELOW = 50.0


@dataclass(frozen=True)
class Example:
    """A pair as the network reads it. `source_bad` and `target_bad` are 1, 0, or -1 where nothing is known."""

    source: list[int]
    target: list[int]
    source_bad: list[int]
    target_bad: list[int]
    level: float = 0.0
    z: float = 0.0
    assessment: float = 0.0


def marked(spans: Sequence[Span], bad: Sequence[Span]) -> list[int]:
    """Of each piece, whether it shares a character with a bad span; -1 for pieces without a character."""
    return [
        int(any(span.start < wrong.end and wrong.start < span.end for wrong in bad)) if span.end > span.start else -1
        for span in spans
    ]


class Reader:
    """Pairs into examples, long ones left out."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def rated(self, item: Rated) -> Example:
        """A rated translation, with the tags of both sides."""
        source, target = self._tokenizer.encode_all([item.source, item.target])
        return Example(
            source,
            target,
            marked(self._tokenizer.spans(item.source), item.source_bad),
            marked(self._tokenizer.spans(item.target), item.target_bad),
            item.level / 100,
            item.z,
            item.assessment,
        )

    def made(
        self, source: str, target: str, bad: Sequence[Span], level: float, gone: Sequence[Span] | None = None
    ) -> Example:
        """A pair whose translation's faults are known, and what of the source is `gone`, unless that is not."""
        ids, translated = self._tokenizer.encode_all([source, target])
        lost = [-1] * len(ids) if gone is None else marked(self._tokenizer.spans(source), gone)
        return Example(ids, translated, lost, marked(self._tokenizer.spans(target), bad), level)


class Faults:
    """Pairs of a right and a faulty translation, without end, seeded."""

    def __init__(self, pools: dict[str, list[tuple[str, str, str]]], reader: Reader, seed: int) -> None:
        self._pools = pools
        self._names = {name: _harvest(pool, names=True) for name, pool in pools.items()}
        self._words = {name: _harvest(pool, names=False) for name, pool in pools.items()}
        self._reader = reader
        self._draw = random.Random(seed)

    def draw(self, count: int) -> tuple[list[Example], list[Example]]:
        """`count` right translations, and as many faulty ones of the same sources."""
        right: list[Example] = []
        wrong: list[Example] = []
        while len(right) < count:
            name = self._draw.choice(list(self._pools))
            material = self._material(name)
            fault = make_fault(material, self._draw)
            if fault is None:
                continue
            level = 0.9 * max(0.03, 1 - fault.weight) ** 2
            pair = (
                self._reader.made(material.source, material.target, (), 0.9, ()),
                self._reader.made(material.source, fault.target, fault.spans, level, fault.source_spans),
            )
            if max(len(pair[0].source), len(pair[0].target), len(pair[1].target)) <= _LONGEST_FAULTY:
                right.append(pair[0])
                wrong.append(pair[1])
        return right, wrong

    def _material(self, name: str) -> Material:
        """A pair of the pool, or two in a row as one."""
        (source, target, lang), second, (_, other, _) = self._draw.choices(self._pools[name], k=3)
        joint = None
        if self._draw.random() < _TWO:
            joint = len(source) + 1, len(target) + 1
            source, target = f"{source} {second[0]}", f"{target} {second[1]}"
        return Material(source, target, other, lang, self._names[name], self._words[name], joint)


def _harvest(pool: Sequence[tuple[str, str, str]], *, names: bool) -> list[str]:
    """Words of the pool's translations that can stand in another's place: capitalised within a sentence, or long."""
    found: set[str] = set()
    for _, target, _ in pool[:5000]:
        for match in list(WORD.finditer(target))[1:]:
            word = match.group()
            if word.isalpha() and len(word) > 3 and word[0].isupper() == names:
                found.add(word)
    return sorted(found)


def fault_pools(
    data: Path, rated: Sequence[Rated], tokenizer: Tokenizer, seed: int
) -> dict[str, list[tuple[str, str, str]]]:
    """(source, target, target's language) by direction: both ways of the parallel text, and MLQE-PE's post-edits."""
    pools: dict[str, list[tuple[str, str, str]]] = {}
    for lang in (*ADAPTED, "de", "fr"):
        sentences: list[Sentence] = varied(read_parallel(data, lang), tokenizer, most=_MOST, seed=seed)
        sentences = [sentence for sentence in sentences if len(sentence.english.split()) > 4]
        pools[f"{lang}-en"] = [(sentence.text, sentence.english, "en") for sentence in sentences]
        pools[f"en-{lang}"] = [(sentence.english, sentence.text, lang) for sentence in sentences]
    for item in rated:
        # As often as the rest together: they are of no one trade.
        for copy in range(2):
            pools.setdefault(f"{item.pair}:{copy}", []).append((item.source, item.post_edit, item.pair[3:]))
    return pools


def losses(judgement: Judgement, examples: Sequence[Example], rated: int, faulty: int) -> dict[str, Tensor]:
    """The losses of `rated` judged pairs, then `faulty` right ones, then as many faulty ones of the same sources."""
    quality = judgement.quality
    level = torch.tensor([example.level for example in examples])
    z = torch.tensor([example.z for example in examples[:rated]])
    weight = torch.tensor([1.0] * rated + [0.8] * (2 * faulty))
    right, wrong = quality[rated : rated + faulty], quality[rated + faulty :]
    bad = torch.tensor([mark for example in examples for mark in example.source_bad])
    worse = torch.tensor([mark for example in examples for mark in example.target_bad])
    return {
        "level": (functional.binary_cross_entropy_with_logits(quality, level, reduction="none") * weight).mean(),
        "pearson": 1 - torch.corrcoef(torch.stack((torch.sigmoid(quality[:rated]), z)))[0, 1],
        "order": functional.softplus(1.0 - (right - wrong)).mean(),
        "source": _word_loss(judgement.source_words, bad),
        "target": _word_loss(judgement.target_words, worse),
    }


def _word_loss(logits: Tensor, marks: Tensor) -> Tensor:
    known = marks >= 0
    return functional.binary_cross_entropy_with_logits(logits[known], marks[known].float())


Inputs = tuple[Tensor, Tensor, Texts]
"""Token states, vectors and texts, as the estimator takes them."""


def main_directions(encoder: Encoder, count: int = _DIRECTIONS) -> Tensor:
    """(directions, features), each as long as what the encoder sums up reaches along it."""
    _, sizes, directions = torch.linalg.svd(encoder.project.weight, full_matrices=False)
    main: Tensor = sizes[:count, None] * directions[:count]
    return main


@torch.no_grad()
def narrow(estimator: Estimator, size: int) -> None:
    """Give the estimator a first layer over `size` directions, which begins as the first of them."""
    width = estimator.reduce.out_features
    estimator.reduce = nn.Linear(size, width)
    estimator.reduce.weight.copy_(torch.eye(width, size))
    estimator.reduce.bias.zero_()
    estimator.attend.weight.copy_(torch.eye(width))


@torch.no_grad()
def widen(estimator: Estimator, directions: Tensor) -> None:
    """Give the estimator a first layer over the encoder's features that does what its own does over `directions`."""
    narrower = estimator.reduce
    estimator.reduce = nn.Linear(directions.shape[1], narrower.out_features)
    estimator.reduce.weight.copy_(narrower.weight @ directions)
    estimator.reduce.bias.copy_(narrower.bias)


class Store:
    """What the encoder makes of texts, computed once: its tokens' features along `directions`, and its vectors."""

    def __init__(self, encoder: Encoder, directions: Tensor, examples: Iterable[Example], size: int = 48) -> None:
        texts = sorted({tuple(text) for example in examples for text in (example.source, example.target)}, key=len)
        self._known: dict[tuple[int, ...], tuple[Tensor, Tensor]] = {}
        with torch.inference_mode():
            for at in range(0, len(texts), size):
                batch = Texts.of(texts[at : at + size])
                features, vectors = encoder(batch)
                found = torch.split((features @ directions.T).half(), batch.lengths.tolist())
                self._known.update(
                    (text, (one.clone(), vector.clone()))
                    for text, one, vector in zip(texts[at : at + size], found, vectors.half(), strict=True)
                )

    def read(self, estimator: Estimator, examples: Sequence[Example]) -> Inputs:
        """Token states and vectors of all sources, then of all targets."""
        texts = [*(example.source for example in examples), *(example.target for example in examples)]
        known = [self._known[tuple(text)] for text in texts]
        features = functional.dropout(torch.cat([one for one, _ in known]).float(), _DROPOUT, estimator.training)
        return estimator.begin(features), torch.stack([vector for _, vector in known]).float(), Texts.of(texts)


def train(
    estimator: Estimator,
    store: Store,
    rated: dict[str, list[Example]],
    checked: dict[str, list[Example]],
    faults: Sequence[tuple[Example, Example]],
    *,
    steps: int,
    seed: int,
) -> None:
    """Train the estimator on rated translations, and on `faults`, each a right translation and a faulty one, met once.

    It ends as the running mean of its weights that agrees best with the judgements in `checked`.
    """
    estimator.train()
    running = AveragedModel(estimator, multi_avg_fn=get_ema_multi_avg_fn(_DECAY))  # type: ignore[no-untyped-call]
    mean = cast("Estimator", running.module)
    best, kept = -1.0, estimator.state_dict()
    parameters = list(estimator.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=0.01, betas=(0.9, 0.98))
    draw = random.Random(seed)
    start = time.monotonic()
    seen: dict[str, float] = {}
    queue: list[tuple[str, list[Example]]] = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / 100) * (1 - step / steps)
        if not queue:
            queue = _epoch(rated, draw)
        _, judged = queue.pop()
        right, wrong = zip(*faults[step * _FAULTY : (step + 1) * _FAULTY], strict=True)
        examples = [*judged, *right, *wrong]
        parts = losses(estimator(*store.read(estimator, examples)), examples, len(judged), _FAULTY)
        loss = sum(parts.values(), torch.zeros(()))
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        running.update_parameters(estimator)
        for name, part in parts.items():
            seen[name] = 0.98 * seen.get(name, part.item()) + 0.02 * part.item()
        if step % 50 == 0:
            figures = " ".join(f"{name} {value:.3f}" for name, value in seen.items())
            print(f"{step} {time.monotonic() - start:.0f}s {figures}", flush=True)
        if (step + 1) % _CHECK == 0 or step + 1 == steps:
            agreement = {pair: _agreement(mean, store, examples) for pair, examples in checked.items()}
            average = sum(agreement.values()) / len(agreement)
            print(f"held out {average:.3f}", {pair: round(value, 3) for pair, value in agreement.items()}, flush=True)
            if average > best:
                best, kept = average, {name: value.clone() for name, value in mean.state_dict().items()}
    estimator.load_state_dict(kept)
    estimator.eval()


def _agreement(estimator: Estimator, store: Store, examples: Sequence[Example], size: int = 32) -> float:
    """Pearson's correlation of the estimates with the standardised judgements."""
    estimator.eval()
    order = sorted(examples, key=lambda example: len(example.source) + len(example.target))
    with torch.inference_mode():
        found = [estimator(*store.read(estimator, order[at : at + size])) for at in range(0, len(order), size)]
    scores = torch.cat([judgement.quality for judgement in found]).sigmoid()
    return float(torch.corrcoef(torch.stack((scores, torch.tensor([example.z for example in order]))))[0, 1])


def _epoch(rated: dict[str, list[Example]], draw: random.Random) -> list[tuple[str, list[Example]]]:
    """Every rated example once, in batches of one language pair and of like length, in random order."""
    batches = []
    for pair, examples in rated.items():
        shuffled = draw.sample(examples, len(examples))
        for first in range(0, len(shuffled), _RATED * _TOGETHER):
            some = shuffled[first : first + _RATED * _TOGETHER]
            some.sort(key=lambda example: len(example.target))
            batches += [(pair, some[at : at + _RATED]) for at in range(0, len(some) - _RATED + 1, _RATED)]
    draw.shuffle(batches)
    return batches


def judge(network: MiniNetwork, examples: Sequence[Example], size: int = 32) -> Tensor:
    """The scores of the examples, 0 to 100."""
    scores = []
    with torch.inference_mode():
        for at in range(0, len(examples), size):
            chunk = examples[at : at + size]
            judgement = network([example.source for example in chunk], [example.target for example in chunk])
            scores.append(100 * torch.sigmoid(judgement.quality))
    return torch.cat(scores)


def calibrate(scores: Tensor, assessments: Tensor, points: int = 12) -> list[list[float]]:
    """(score, share judged below 50 of 100) at quantiles of the scores, the share falling as the score rises.

    Pool adjacent violators (Ayer et al. 1955) over equal bins of the sorted scores.
    """
    order = scores.argsort()
    bins = [
        [float(scores[chunk].mean()), float((assessments[chunk] < _BAD_BELOW).float().mean()), float(len(chunk))]
        for chunk in order.tensor_split(points)
    ]
    pooled: list[list[float]] = []
    for score, share, weight in bins:
        pooled.append([score, share, weight])
        while len(pooled) > 1 and pooled[-2][1] < pooled[-1][1]:
            later, earlier = pooled.pop(), pooled.pop()
            total = earlier[2] + later[2]
            pooled.append(
                [*((a * earlier[2] + b * later[2]) / total for a, b in zip(earlier[:2], later[:2], strict=True)), total]
            )
    return [[round(score, 1), round(share, 3)] for score, share, _ in pooled]


def best_threshold(network: MiniNetwork, examples: Sequence[Example], size: int = 32) -> float:
    """The probability from which on a piece called bad gives the best Matthews' correlation with the tags."""
    chances, marks = [], []
    with torch.inference_mode():
        for at in range(0, len(examples), size):
            chunk = examples[at : at + size]
            judgement = network([example.source for example in chunk], [example.target for example in chunk])
            chances.append(torch.sigmoid(judgement.target_words))
            marks += [mark for example in chunk for mark in example.target_bad]
    truth, found = torch.tensor(marks), torch.cat(chances)
    pairs = {
        threshold / 100: torch.stack(((found >= threshold / 100).float(), truth.float()))[:, truth >= 0]
        for threshold in range(20, 71, 2)
    }
    return max(pairs, key=lambda threshold: float(torch.corrcoef(pairs[threshold])[0, 1].nan_to_num(-1)))


def main() -> None:
    """Train, pack, calibrate and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--vocabulary", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    tokenizer = Tokenizer(options.vocabulary)
    reader = Reader(tokenizer)
    items = {pair: read_rated(options.data, pair, "train") for pair in PAIRS}
    rated = {pair: [reader.rated(item) for item in found] for pair, found in items.items()}
    checked = {pair: examples[-held_out(len(examples)) :] for pair, examples in rated.items()}
    rated = {
        pair: [example for example in examples[: -held_out(len(examples))] if len(example.target) <= _LONGEST]
        for pair, examples in rated.items()
    }
    edits = [item for found in items.values() for item in found[: -held_out(len(found))]]
    faults = Faults(fault_pools(options.data, edits, tokenizer, options.seed), reader, options.seed)
    # Faults that come again are learnt by heart.
    pool = list(zip(*faults.draw(options.steps * _FAULTY), strict=True))
    original = MiniNetwork(MiniConfig(bits=32, languages=sorted({*ORIGINAL, *LEARNT, *RATED}), revision=_REVISION))
    original.encoder = load_encoder(options.encoder)
    # The estimator is trained on the table at 4 bits, as it will be used.
    network = original.packed()
    network.encoder.eval().requires_grad_(False)
    directions = main_directions(network.encoder)
    every = chain.from_iterable([*rated.values(), *checked.values(), *pool])
    store = Store(network.encoder, directions, every)
    print("read", flush=True)
    estimator = network.estimator
    narrow(estimator, len(directions))
    train(estimator, store, rated, checked, pool, steps=options.steps, seed=options.seed)
    widen(estimator, directions)
    held = [example for examples in checked.values() for example in examples]
    assessments = torch.tensor([example.assessment for example in held])
    network.config = replace(
        network.config,
        calibration=calibrate(judge(network, held), assessments),
        bad_word=best_threshold(network, held),
    )
    print(f"words are bad from {network.config.bad_word}, calibration {network.config.calibration}")
    original.estimator.load_state_dict(network.estimator.state_dict())
    original.eval()
    for pair, examples in checked.items():
        z = torch.tensor([example.z for example in examples])
        four, full = (torch.corrcoef(torch.stack((judge(each, examples), z)))[0, 1] for each in (network, original))
        print(f"{pair} held out: {four:.3f}, with the table in full {full:.3f}")
    network.half().save_pretrained(options.output)
    shutil.copy(options.vocabulary, options.output / "sentencepiece.model")


if __name__ == "__main__":
    main()

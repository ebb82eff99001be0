"""Teach the encoder more languages: its table alone is trained, on sentences with their English.

    python -m mtcheck.training.adapt --start FOLDER --output FOLDER [--data ../shared/data] [--steps 1400]

The vector of a sentence is drawn to the vector that the original encoder gives its English, and away from those of the
other English sentences in the batch (the student and teacher of Reimers & Gurevych 2020, "Making Monolingual Sentence
Embeddings Multilingual using Knowledge Distillation", with the contrast of translation ranking). So that the languages
the encoder came with stay as they were, part of each batch is text of theirs whose vector must not move: English,
German, French, and random pieces in the vocabulary's own proportions, which stand for the languages that there is no
text of.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from mtcheck.references.mini._modeling import Encoder, MiniConfig, Texts
from mtcheck.references.mini._tokens import Tokenizer
from mtcheck.training.parallel import ADAPTED, Sentence, read_lexicon, read_names, read_parallel, varied

# Shares of a batch; Finnish and Norwegian have less varied text than Swedish and Danish.
_WEIGHTS = {"sv": 5, "da": 4, "nb": 4, "fi": 4, "is": 3, "et": 3, "lv": 3, "lt": 3, "cs": 3, "hu": 3}
_MOST = 60_000
_NEW, _KEPT, _RANDOM = 160, 16, 12
_SHARPNESS = 30.0
_RATE = 0.03


def load_encoder(file: Path) -> Encoder:
    """An encoder with its table in float32."""
    encoder = Encoder(MiniConfig(bits=32))
    encoder.load_state_dict(torch.load(file, weights_only=True))
    return encoder.requires_grad_(False)


def pools(data: Path, tokenizer: Tokenizer, seed: int, pieces: int) -> dict[str, list[Sentence]]:
    """Sentences by language: the new ones, German and French."""
    found: dict[str, list[Sentence]] = {}
    for lang in (*ADAPTED, "de", "fr"):
        found[lang] = varied(read_parallel(data, lang), tokenizer, most=_MOST, seed=seed, pieces_most=pieces)
        if lang in ADAPTED:
            found[lang] += read_names(lang)
        if lang == "sv":
            found[lang] += read_lexicon(data)
    return found


class Soup:
    """Random pieces in the proportions of the vocabulary's unigram model."""

    def __init__(self, tokenizer: Tokenizer, seed: int) -> None:
        self._draw = torch.Generator().manual_seed(seed)
        self._weights = torch.tensor(tokenizer.probabilities())
        self._marks = tokenizer.begin, tokenizer.end

    def text(self) -> list[int]:
        """Piece ids of a text of 6 to 24 pieces, marks included."""
        length = int(torch.randint(6, 25, (1,), generator=self._draw))
        drawn = torch.multinomial(self._weights, length, replacement=True, generator=self._draw)
        return [self._marks[0], *drawn.tolist(), self._marks[1]]


def loss_of(student: Tensor, teacher: Tensor, new: int) -> Tensor:
    """The first `new` vectors (texts, width) find their teacher's among all; every one lies near its own."""
    scores = _SHARPNESS * student[:new] @ teacher[:new].T
    contrast = functional.cross_entropy(scores, torch.arange(new))
    near = 1 - (student * teacher).sum(1)
    return contrast + 2 * near[:new].mean() + 4 * near[new:].mean()


def adapt(
    student: Encoder,
    teacher: Encoder,
    tokenizer: Tokenizer,
    sentences: dict[str, list[Sentence]],
    *,
    steps: int,
    seed: int,
    output: Path,
    rate: float = _RATE,
) -> None:
    """Train the student's table in place; saved at the end and each 500 steps."""
    table = student.embed.get_parameter("weight").requires_grad_(True)
    optimizer = torch.optim.SparseAdam([table], lr=rate, betas=(0.9, 0.99))
    draw = random.Random(seed)
    soup = Soup(tokenizer, seed)
    langs = list(_WEIGHTS)
    known: dict[str, Tensor] = {}
    start = time.monotonic()

    def vectors(texts: Sequence[str]) -> Tensor:
        missing = sorted({text for text in texts if text not in known})
        if missing:
            with torch.inference_mode():
                known.update(zip(missing, teacher(Texts.of(tokenizer.encode_all(missing)))[1].half(), strict=True))
        return torch.stack([known[text] for text in texts]).float()

    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 50) * (1 - step / steps)
        chosen = [draw.choice(sentences[lang]) for lang in draw.choices(langs, [_WEIGHTS[x] for x in langs], k=_NEW)]
        # Two sentences with the same English would be told apart where nothing can.
        chosen = list({sentence.english: sentence for sentence in chosen}.values())
        goal = vectors([sentence.english for sentence in chosen])
        kept = [sentence.english for sentence in draw.sample(chosen, _KEPT)]
        kept += [draw.choice(sentences[lang]).text for lang in draw.choices(("de", "fr"), k=_KEPT)]
        random_ids = [soup.text() for _ in range(_RANDOM)]
        with torch.no_grad():
            random_goal = teacher(Texts.of(random_ids))[1]
        ids = tokenizer.encode_all([*(sentence.text for sentence in chosen), *kept])
        _, found = student(Texts.of([*ids, *random_ids]))
        loss = loss_of(found, torch.cat((goal, vectors(kept), random_goal)), len(chosen))
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()  # type: ignore[no-untyped-call]
        if step % 25 == 0:
            print(f"{step} {time.monotonic() - start:.0f}s loss {loss.item():.3f}", flush=True)
        if (step + 1) % 500 == 0 or step + 1 == steps:
            torch.save(student.state_dict(), output / "encoder.pt")


def main() -> None:
    """Adapt the encoder in `--start` and save it in `--output`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--original", type=Path, help="folder of the teacher; --start unless given")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--pieces", type=int, default=36, help="kinds of pieces in the longest sentences taken")
    parser.add_argument("--rate", type=float, default=_RATE)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    original = options.original or options.start
    tokenizer = Tokenizer(original / "sentencepiece.model")
    adapt(
        load_encoder(options.start / "encoder.pt"),
        load_encoder(original / "encoder.pt"),
        tokenizer,
        pools(options.data, tokenizer, options.seed, options.pieces),
        steps=options.steps,
        seed=options.seed,
        output=options.output,
        rate=options.rate,
    )


if __name__ == "__main__":
    main()

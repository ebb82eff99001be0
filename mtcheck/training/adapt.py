"""Teach the encoder more languages: its table alone is trained, on sentences and words with their English.

    python -m mtcheck.training.adapt --start FOLDER --output FOLDER [--data ../shared/data] [--steps 1400]

The table begins where `lexical` moves it: each piece of the new languages to the English pieces that it stands for.
From there the vector of a text is drawn to the vector that the original encoder gives its English, and away from those
of the other English texts in the batch (the student and teacher of Reimers & Gurevych 2020, "Making Monolingual
Sentence Embeddings Multilingual using Knowledge Distillation", with the contrast of translation ranking). The texts are
sentences, and handfuls of words that need not go together, beside the same handful in English: sentences alone teach
the encoder what software documentation says of things, handfuls what the words mean. So that the languages
the encoder came with stay as they were, part of each batch is text of theirs whose vector must not move: English,
German, French, Russian, Chinese, and random pieces in the vocabulary's own proportions, which stand for the languages
that there is no text of.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from mtcheck.references.mini._modeling import Encoder, MiniConfig, Texts
from mtcheck.references.mini._tokens import Tokenizer
from mtcheck.training.lexical import begin, count_pieces, count_words
from mtcheck.training.parallel import Sentence, read_lexicon, read_names, read_parallel, varied
from mtcheck.training.rated import held_out, read_rated

# Shares of a batch.
_WEIGHTS = {"sv": 5, "da": 4, "nb": 4, "fi": 5, "is": 4, "et": 4, "lv": 4, "lt": 4, "cs": 4, "hu": 4, "ro": 2}
_MOST = 60_000
_NEW, _HANDFULS, _KEPT, _RANDOM = 112, 64, 16, 12
# Words of a handful, at most.
_HANDFUL = 8
_SHARPNESS = 30.0
_RATE = 0.03


def load_encoder(file: Path) -> Encoder:
    """An encoder with its table in float32."""
    encoder = Encoder(MiniConfig(bits=32))
    encoder.load_state_dict(torch.load(file, weights_only=True))
    return encoder.requires_grad_(False)


@dataclass(frozen=True)
class Material:
    """What is learnt from.

    Attributes:
        sentences: of each new language.
        words: of each new language, and short names.
        kept: texts of languages that the encoder came with.
    """

    sentences: dict[str, list[Sentence]]
    words: dict[str, list[Sentence]]
    kept: list[list[str]]


def material(data: Path, tokenizer: Tokenizer, seed: int, pieces: int) -> Material:
    """All that the recipe learns from; rated translations that are held out of training are not in it."""

    def texts(lang: str) -> list[Sentence]:
        return varied(read_parallel(data, lang), tokenizer, most=_MOST, seed=seed, pieces_most=pieces)

    sentences, words = {}, {}
    for lang in _WEIGHTS:
        sentences[lang] = texts(lang)
        if (data / "mlqe-pe" / f"{lang}-en.train.tsv.gz").exists():
            sentences[lang] += [Sentence(source, english, lang) for source, english in edited(data, f"{lang}-en")]
        words[lang] = [Sentence(word, english, lang) for word, english in count_words(sentences[lang]).items()]
        words[lang] += read_names(lang)
        if lang == "sv":
            words[lang] += read_lexicon(data)
    kept = [[sentence.text for sentence in texts(lang)] for lang in ("de", "fr")]
    kept += [[source for source, _ in edited(data, "ru-en")], [target for _, target in edited(data, "en-zh")]]
    return Material(sentences, words, kept)


def edited(data: Path, pair: str) -> list[tuple[str, str]]:
    """Sources with their translations as post-edited by people."""
    items = read_rated(data, pair, "train")
    return [(item.source, item.post_edit) for item in items[: -held_out(len(items))]]


def handful(words: Sequence[Sentence], draw: random.Random) -> Sentence:
    """Some words, in any order, with their English in the same."""
    some = [draw.choice(words) for _ in range(draw.randint(1, _HANDFUL))]
    return Sentence(" ".join(word.text for word in some), " ".join(word.english for word in some), some[0].lang)


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
    given: Material,
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
        drawn = draw.choices(langs, list(_WEIGHTS.values()), k=_NEW + _HANDFULS)
        chosen = [draw.choice(given.sentences[lang]) for lang in drawn[:_NEW]]
        chosen += [handful(given.words[lang], draw) for lang in drawn[_NEW:]]
        # Two sentences with the same English would be told apart where nothing can.
        chosen = list({sentence.english: sentence for sentence in chosen}.values())
        goal = vectors([sentence.english for sentence in chosen])
        kept = [sentence.english for sentence in draw.sample(chosen, _KEPT)]
        kept += [draw.choice(texts) for texts in draw.choices(given.kept, k=_KEPT)]
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
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--pieces", type=int, default=32, help="kinds of pieces in the longest sentences taken")
    parser.add_argument("--rate", type=float, default=_RATE)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    tokenizer = Tokenizer(options.start / "sentencepiece.model")
    given = material(options.data, tokenizer, options.seed, options.pieces)
    teacher, student = (load_encoder(options.start / "encoder.pt") for _ in range(2))
    table = student.embed.get_parameter("weight")
    counts = [count_pieces(given.sentences[lang] + given.words[lang], tokenizer, len(table)) for lang in _WEIGHTS]
    table.copy_(begin(table, counts, tokenizer.probabilities()))
    adapt(
        student,
        teacher,
        tokenizer,
        given,
        steps=options.steps,
        seed=options.seed,
        output=options.output,
        rate=options.rate,
    )


if __name__ == "__main__":
    main()

"""Rated translations: MLQE-PE (Fomicheva et al. 2022, "MLQE-PE: A Multilingual Quality Estimation and Post-Editing
Dataset", CC0), with direct assessments by people and tags of each word from the post-edit."""

from __future__ import annotations

import csv
import gzip
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev

from mtcheck.core.types import Span

# Every so many-th of the rated translations is held out of all training, at the end of the file.
_HELD_OUT = 20
PAIRS = ("ro-en", "ru-en", "et-en", "ne-en", "si-en", "en-de", "en-zh")
_BEFORE = re.compile(r"\s+(?=[.,;:!?%)\]»”’]|'s\b|n't\b)")
_AFTER = re.compile(r"(?<=[(\[«“])\s+")
_WIDE = re.compile(r"(?<=[一-鿿，。、《》：；？！（）])\s+|\s+(?=[一-鿿，。、《》：；？！（）])")


@dataclass(frozen=True)
class Rated:
    """A translation that people judged.

    Attributes:
        z: mean of the annotators' standardised judgements.
        assessment: mean judgement, 0 to 100.
        level: `z` on the scale of the language pair's judgements, 0 to 100, with each annotator's habits taken out.
        source_bad, target_bad: words that a post-editor found untranslated or wrong.
        post_edit: what the post-editor made of it.
    """

    pair: str
    source: str
    target: str
    z: float
    assessment: float
    level: float
    source_bad: tuple[Span, ...]
    target_bad: tuple[Span, ...]
    target_words: tuple[Span, ...]
    post_edit: str


def read_rated(data: Path, pair: str, part: str) -> list[Rated]:
    """All of a language pair's `train` or `dev` part under `data`, in the order of the file."""
    csv.field_size_limit(sys.maxsize)
    with gzip.open(data / "mlqe-pe" / f"{pair}.{part}.tsv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    mean, spread = fmean(float(row["da_mean"]) for row in rows), pstdev(float(row["da_mean"]) for row in rows)
    return [
        Rated(
            pair,
            row["source"],
            row["target"],
            float(row["z_mean"]),
            float(row["da_mean"]),
            min(100.0, max(0.0, mean + spread * float(row["z_mean"]))),
            tuple(_tagged(row["source"], row["source_tokens"], row["source_tags"], bad=True)),
            tuple(_tagged(row["target"], row["target_tokens"], row["target_tags"], bad=True)),
            tuple(_tagged(row["target"], row["target_tokens"], row["target_tags"], bad=False)),
            detokenised(row["post_edit"]),
        )
        for row in rows
    ]


def held_out(count: int) -> int:
    """How many of so many rated translations are held out of training: the last of the file."""
    return -(-count // _HELD_OUT)


def _tagged(text: str, tokens: str, tags: str, *, bad: bool) -> list[Span]:
    """Where each token stands in the text, in order; with `bad` only those tagged so."""
    spans = []
    at = 0
    for token, tag in zip(tokens.split(), tags.split(), strict=True):
        start = text.find(token, at)
        # The tokenizer wrote some signs otherwise; such a token has an empty place, and the next is sought from here.
        span = Span(start, start + len(token)) if start >= 0 else Span(at, at)
        at = span.end
        if tag == "BAD" or not bad:
            spans.append(span)
    return spans


def detokenised(text: str) -> str:
    """A post-edit, which comes in tokens, written as text is."""
    return _WIDE.sub("", _AFTER.sub("", _BEFORE.sub("", " ".join(text.split()))))

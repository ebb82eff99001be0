"""Parallel text for the recipes: which of it is used, and read how.

Nothing under a share-alike, GPL or non-commercial licence is taken: of the parallel text GNOME's (CC BY-SA) is left
out, and so are rows that a machine translated or that nobody labelled.
"""

from __future__ import annotations

import csv
import gzip
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from babel import Locale

from mtcheck.references.mini._tokens import Tokenizer

ADAPTED = ("sv", "da", "nb", "fi", "is", "et", "lv", "lt", "cs", "hu")
_LEFT_OUT = "GNOME"
# A pair is taken while one of its pieces has been met fewer times than this: documentation repeats itself.
_OFTEN = 60


class Sentence(NamedTuple):
    """A sentence with its English."""

    text: str
    english: str
    lang: str


def read_parallel(data: Path, lang: str) -> Iterator[Sentence]:
    """Human translations between `lang` and English under `data`, in the order of the files."""
    for file in sorted((data / "training").glob(f"{lang}-en*.tsv.gz")):
        with gzip.open(file, "rt", encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["type"] == "HT" and not row["origin"].startswith(_LEFT_OUT):
                    yield Sentence(row["source"], row["target"], lang)


def read_names(lang: str) -> Iterator[Sentence]:
    """CLDR's names of countries, languages, scripts, currencies, cities, months and days (Unicode-3.0)."""
    here, english = Locale.parse(lang), Locale.parse("en")
    for kind in ("territories", "languages", "scripts", "currencies"):
        names, originals = getattr(here, kind), getattr(english, kind)
        for code in sorted(set(names) & set(originals)):
            if not code.isdigit():
                yield Sentence(names[code], originals[code], lang)
    for zone in sorted(here.time_zones):
        city = zone.rpartition("/")[2].replace("_", " ")
        if name := here.time_zones[zone].get("city"):
            yield Sentence(name, english.time_zones.get(zone, {}).get("city", city), lang)
    for kind in ("months", "days"):
        names, originals = getattr(here, kind)["format"]["wide"], getattr(english, kind)["format"]["wide"]
        for number in originals:
            yield Sentence(names[number], originals[number], lang)


def read_lexicon(data: Path) -> Iterator[Sentence]:
    """Folkets lexikon, Swedish and English."""
    with gzip.open(data / "lexicon" / "folkets.sv-en.tsv.gz", "rt", encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield Sentence(row["headword"], row["translation"], "sv")


def varied(
    sentences: Iterable[Sentence], tokenizer: Tokenizer, *, most: int, seed: int, pieces_most: int = 36
) -> list[Sentence]:
    """At most `most` sentences, shuffled, without those that bring only what was met often enough before.

    Sentences of more than `pieces_most` kinds of pieces are left out.
    """
    pool = list(dict.fromkeys(sentences))
    random.Random(seed).shuffle(pool)
    met: Counter[int] = Counter()
    taken: list[Sentence] = []
    for sentence in pool:
        pieces = set(tokenizer.encode(sentence.text))
        if len(pieces) <= pieces_most and any(met[piece] < _OFTEN for piece in pieces):
            met.update(pieces)
            taken.append(sentence)
            if len(taken) == most:
                break
    return taken

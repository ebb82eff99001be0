"""Synthetic faults: a right translation made wrong in a known place, by a seeded generator.

Each kind stands for a fault that neural translation makes, and marks the words of the translation that are wrong. What
is missing marks nothing: it is the sentence's score that must fall.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mtcheck.core.languages import base_language, language
from mtcheck.core.types import Span

# A word, a number with its separators, or one other sign.
WORD = re.compile(r"\d+(?:[.,:]\d+)*|\w+(?:['’\-‑]\w+)*|[^\w\s]")
_AUXILIARIES = frozenset(
    ("is", "are", "was", "were", "will", "would", "can", "could", "should", "must", "has", "have", "had", "does", "did")
)
_CLAUSE_ENDS = frozenset(",;:–—")


@dataclass(frozen=True)
class Fault:
    """A translation made wrong: its text, where it is wrong, the kind, and how much is (0 nothing to 1 all).

    `source_spans` are what of the source nothing stands for, None where that is not known.
    """

    target: str
    spans: tuple[Span, ...]
    kind: str
    weight: float
    source_spans: tuple[Span, ...] | None = None


@dataclass
class Material:
    """What a fault is made from: the pair, and another pair of the same language for what does not belong.

    `names` and `words` are those of other translations. `joint` is where, in source and target, a second sentence
    begins, if there are two.
    """

    source: str
    target: str
    other: str
    lang: str
    names: Sequence[str] = ()
    words: Sequence[str] = ()
    joint: tuple[int, int] | None = None
    tokens: list[Span] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = [Span(*match.span()) for match in WORD.finditer(self.target)]

    def token(self, place: int) -> str:
        return self.tokens[place].of(self.target)

    def places(self, test: Callable[[str], bool]) -> list[int]:
        """The tokens of the target that pass the test."""
        return [place for place in range(len(self.tokens)) if test(self.token(place))]


Maker = Callable[[Material, random.Random], Fault | None]


def _replaced(material: Material, edits: Sequence[tuple[Span, str]], kind: str, weight: float) -> Fault:
    """The target with each span replaced; what was put in is what is wrong."""
    text, at, spans = "", 0, []
    for span, new in sorted(edits):
        text += material.target[at : span.start]
        if new:
            spans.append(Span(len(text), len(text) + len(new)))
        text += new
        at = span.end
    return Fault(text + material.target[at:], tuple(spans), kind, weight)


def _cut(material: Material, first: int, end: int, kind: str) -> Fault:
    """Without the tokens from `first` to `end`."""
    tokens = material.tokens
    stop = tokens[end].start if end < len(tokens) else len(material.target)
    target = material.target[: tokens[first].start].rstrip() + " " + material.target[stop:]
    return Fault(re.sub(r" (?=[.,;:!?])", "", target).strip(), (), kind, (end - first) / len(tokens))


def _clauses(material: Material) -> list[tuple[int, int]]:
    """Runs of tokens between commas and the like, as far as they are 3 tokens and not most of the sentence."""
    marks = [-1, *material.places(_CLAUSE_ENDS.__contains__), len(material.tokens) - 1]
    runs = [(first + 1, end) for first, end in pairwise(marks)]
    return [run for run in runs if 3 <= run[1] - run[0] <= 0.7 * len(material.tokens)]


def dropped_clause(material: Material, draw: random.Random) -> Fault | None:
    """A clause is missing; without commas, a fifth to half of the words."""
    length = len(material.tokens)
    if length < 7:
        return None
    clauses = _clauses(material)
    if clauses and draw.random() < 0.6:
        return _cut(material, *draw.choice(clauses), "dropped-clause")
    size = draw.randint(max(2, length // 5), length // 2)
    first = draw.randint(0, length - 1 - size)
    return _cut(material, first, first + size, "dropped-clause")


def dropped_words(material: Material, draw: random.Random) -> Fault | None:
    """One to three words in a row are missing, one of them of weight."""
    heavy = material.places(lambda word: len(word) > 4)
    if not heavy or len(material.tokens) < 5:
        return None
    first = draw.choice(heavy)
    return _cut(material, first, min(first + draw.randint(1, 3), len(material.tokens)), "dropped-words")


def dropped_sentence(material: Material, draw: random.Random) -> Fault | None:
    """One of two sentences is missing."""
    if material.joint is None:
        return None
    source, target = material.joint
    first = draw.random() < 0.5
    kept = material.target[target:] if first else material.target[:target].rstrip()
    gone = Span(0, source - 1) if first else Span(source, len(material.source))
    weight = 1 - len(kept) / len(material.target)
    return Fault(kept, (), "dropped-sentence", weight, (gone,))


def truncated_end(material: Material, draw: random.Random) -> Fault | None:
    """The translation breaks off."""
    length = len(material.tokens)
    if length < 6:
        return None
    return _cut(material, draw.randint(length // 4 + 1, length - 2), length, "truncated-end")


def added_clause(material: Material, draw: random.Random) -> Fault | None:
    """Words of another sentence stand at a clause's end."""
    other = [match.group() for match in WORD.finditer(material.other)]
    if len(other) < 4 or len(material.tokens) < 4:
        return None
    size = draw.randint(3, min(len(other), 12))
    first = draw.randint(0, len(other) - size)
    added = re.sub(r" (?=[.,;:!?])", "", " ".join(other[first : first + size]))
    ends = [span.end for span in material.tokens if span.of(material.target) in _CLAUSE_ENDS]
    last = material.tokens[-2 if material.token(-1) in ".!?" else -1].end
    at = draw.choice([*ends, last, last])
    return _replaced(material, [(Span(at, at), " " + added)], "added-clause", min(1.0, size / len(material.tokens)))


def swapped_words(material: Material, draw: random.Random) -> Fault | None:
    """Two names, or else two words of weight, stand in each other's place."""
    names = material.places(lambda word: word[0].isupper())
    names = [place for place in names if place]
    heavy = names if len(names) > 1 else material.places(lambda word: len(word) > 3)
    if len(heavy) < 2:
        return None
    one, two = draw.sample(heavy, 2)
    if material.token(one) == material.token(two):
        return None
    edits = [(material.tokens[one], material.token(two)), (material.tokens[two], material.token(one))]
    return _replaced(material, edits, "swapped-words", 0.25)


def wrong_name(material: Material, draw: random.Random) -> Fault | None:
    """Another name in a name's place."""
    names = [place for place in material.places(lambda word: word[0].isupper() and len(word) > 2) if place]
    if not names or not material.names:
        return None
    return _replaced(material, [(material.tokens[draw.choice(names)], draw.choice(material.names))], "wrong-name", 0.25)


def wrong_word(material: Material, draw: random.Random) -> Fault | None:
    """Another word in a word's place, one in eight of them."""
    heavy = material.places(lambda word: len(word) > 3 and word.isalpha())
    if not heavy or not material.words:
        return None
    chosen = draw.sample(heavy, draw.randint(1, max(1, len(heavy) // 8)))
    edits = [(material.tokens[place], draw.choice(material.words)) for place in chosen]
    return _replaced(material, edits, "wrong-word", 0.25 * len(chosen))


def changed_number(material: Material, draw: random.Random) -> Fault | None:
    """A digit of a number is another."""
    numbers = material.places(lambda word: word[0].isdigit())
    if not numbers:
        return None
    place = draw.choice(numbers)
    number = material.token(place)
    at = draw.choice([at for at, sign in enumerate(number) if sign.isdigit()])
    digit = draw.choice([digit for digit in "123456789" if digit != number[at]])
    return _replaced(
        material, [(material.tokens[place], number[:at] + digit + number[at + 1 :])], "changed-number", 0.3
    )


def lost_negation(material: Material, draw: random.Random) -> Fault | None:
    """A negator is gone or, in English, one has come."""
    negators = material.places(lambda word: word.lower() in language(material.lang).negation.words)
    if negators:
        place = draw.choice(negators)
        fault = _cut(material, place, place + 1, "lost-negation")
        return Fault(fault.target, fault.spans, fault.kind, 0.4)
    if base_language(material.lang) != "en":
        return None
    verbs = material.places(lambda word: word in _AUXILIARIES)
    if not verbs:
        return None
    end = material.tokens[draw.choice(verbs)].end
    return _replaced(material, [(Span(end, end), " not")], "lost-negation", 0.4)


def untranslated(material: Material, draw: random.Random) -> Fault | None:
    """Words of the source in the place of words of the translation, up to all of them."""
    source = [match.group() for match in WORD.finditer(material.source)]
    heavy = material.places(lambda word: len(word) > 3 and word.isalpha())
    if not heavy or len(source) < 2:
        return None
    if draw.random() < 0.15:
        return Fault(material.source, (Span(0, len(material.source)),), "untranslated", 1.0)
    edits = []
    for place in draw.sample(heavy, draw.randint(1, max(1, len(heavy) // 4))):
        word = source[min(len(source) - 1, place * len(source) // len(material.tokens))]
        if word.isalpha() and word.lower() != material.token(place).lower():
            edits.append((material.tokens[place], word))
    return _replaced(material, edits, "untranslated", 0.2 * len(edits)) if edits else None


def detached(material: Material, draw: random.Random) -> Fault | None:
    """A translation of something else, from the start or after a few right words."""
    if draw.random() < 0.6 or len(material.tokens) < 6:
        return Fault(material.other, (Span(0, len(material.other)),), "detached", 1.0)
    kept = draw.randint(1, len(material.tokens) // 2)
    end = material.tokens[kept - 1].end
    tail = [match.start() for match in WORD.finditer(material.other)]
    rest = material.other[tail[len(tail) // 3] :] if tail else material.other
    target = material.target[:end] + " " + rest
    return Fault(target, (Span(end + 1, len(target)),), "detached", 1 - kept / len(material.tokens))


def loop(material: Material, draw: random.Random) -> Fault | None:
    """A few words again and again, with the rest of the sentence after it or without."""
    length = len(material.tokens)
    if length < 4:
        return None
    size = draw.randint(1, min(5, length - 1))
    first = draw.randint(0, length - size)
    start, end = material.tokens[first].start, material.tokens[first + size - 1].end
    again = " ".join([material.target[start:end]] * draw.randint(2, 8))
    rest = material.target[end:] if draw.random() < 0.5 else ""
    target = material.target[:end] + " " + again + rest
    return Fault(target, (Span(end + 1, end + 1 + len(again)),), "loop", 0.8)


def misspelt(material: Material, draw: random.Random) -> Fault | None:
    """Two letters of a word have changed places, or one is gone."""
    heavy = material.places(lambda word: len(word) > 4 and word.isalpha())
    if not heavy:
        return None
    place = draw.choice(heavy)
    word = material.token(place)
    at = draw.randint(1, len(word) - 3)
    wrong = word[:at] + word[at + 1] + word[at] + word[at + 2 :] if draw.random() < 0.5 else word[:at] + word[at + 1 :]
    return None if wrong == word else _replaced(material, [(material.tokens[place], wrong)], "misspelt", 0.12)


def disordered(material: Material, draw: random.Random) -> Fault | None:
    """Neighbouring words in a wrong order."""
    length = len(material.tokens)
    if length < 5:
        return None
    size = draw.randint(2, min(5, length - 1))
    first = draw.randint(0, length - size)
    old = [material.token(place) for place in range(first, first + size)]
    new = draw.sample(old, size)
    edits = [(material.tokens[first + at], word) for at, word in enumerate(new) if word != old[at]]
    return _replaced(material, edits, "disordered", 0.15) if edits else None


MAKERS: tuple[Maker, ...] = (
    dropped_clause,
    dropped_clause,
    dropped_clause,
    dropped_words,
    dropped_sentence,
    dropped_sentence,
    dropped_sentence,
    dropped_sentence,
    truncated_end,
    added_clause,
    swapped_words,
    wrong_name,
    wrong_word,
    changed_number,
    lost_negation,
    untranslated,
    detached,
    detached,
    loop,
    loop,
    loop,
    misspelt,
    disordered,
)


def make_fault(material: Material, draw: random.Random) -> Fault | None:
    """One fault of a random kind; None where three kinds in a row cannot be made of this pair."""
    for _ in range(3):
        fault = draw.choice(MAKERS)(material, draw)
        if fault and fault.target.strip() and fault.target != material.target:
            return fault
    return None

"""What the words of a text give reason to look for, asked once a word.

A text without a word that denies need not be searched for what it denies. The signs of a text are those of its words
together, so that every rule's first question is answered by one pass over them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain

from mtcheck.core.cues import cues_of
from mtcheck.core.languages import language
from mtcheck.core.memo import Memo
from mtcheck.core.numbers import is_spoken, is_telling
from mtcheck.core.patterns import any_of

DENIES, RULES_OUT, OBLIGES, ALLOWS, FORETELLS, GOVERNS, RUMOURS, EXEMPTS, COUNTS, SPEAKS, WHO, WHOM = (
    1 << bit for bit in range(12)
)

PLAIN_MARKS = str.maketrans("\u00a0\u202f\u2009’", "   '")
_LETTERS = re.compile(r"\w+")
JOINT = re.compile(r"['\-‑]")


def signs(lang: str | None) -> Callable[[str], int]:
    """What tells the signs of a language's words as they are written."""
    denies = denial(lang)
    kinds = (denies, denies.verbs, *modality(lang), doubting(lang)[0], *exempting(lang))
    roles = language(lang).roles
    who, whom = (frozenset(chain.from_iterable(pronouns.values())) for pronouns in (roles.who, roles.whom))

    def of_word(word: str) -> int:
        found = COUNTS * is_telling(word, lang) | SPEAKS * is_spoken(word, lang) | cues_of(word, lang)
        folded = word.casefold()
        found |= WHO * (folded in who) | WHOM * (folded in whom)
        for kind in kinds:
            if kind.look_up(word):
                found |= kind.sign
        return found

    return of_word


class Denial(Memo[bool]):
    """How one language denies; for each word, whether it negates by itself."""

    sign = DENIES

    def __init__(self, lang: str | None) -> None:
        super().__init__()
        data = language(lang).negation
        words = {plain(word) for word in data.words}
        self.known = bool(words)
        self.words = words
        self.alone = data.alone
        implicit = [plain(word) for word in data.implicit]
        self.implicit = _alternatives([rf"\b{re.escape(word)}" for word in implicit if " " not in word])
        self.phrases = _alternatives([rf"\b{re.escape(word)}" for word in implicit if " " in word])
        self.starts = tuple(plain(part[:-1]) for part in data.parts if part.endswith("-"))
        self.ends = tuple(plain(part[1:]) for part in data.parts if part.startswith("-"))
        self.verbs = Modality(data.verbs, RULES_OUT)
        self.idioms = _bounded([idiom.replace("’", "'") for idiom in data.idioms])

    def look_up(self, word: str) -> bool:
        word = plain(word)
        pieces = JOINT.split(word)
        return (
            word in self.words
            or word.rstrip("'") in self.words
            or word.endswith("n't")
            or (len(pieces) > 1 and any(piece in self.words or piece + "'" in self.words for piece in pieces))
        )


class Modality(Memo[bool]):
    """Words and phrases of one kind; for each word of a text, whether one of them can begin with it.

    A text without the `sign` has none of them; of a kind with no sign every text has to be searched.
    """

    def __init__(self, forms: Sequence[str], sign: int = 0) -> None:
        super().__init__()
        self.sign = sign
        self.pattern = _words_of(forms)
        self._openings = _words_of([_opening(form) for form in forms])

    def look_up(self, word: str) -> bool:
        return any(map(self._openings.fullmatch, _LETTERS.findall(word))) if self._openings else False


def _opening(form: str) -> str:
    """A regular expression up to what ends its first word, outside of its groups."""
    depth = 0
    for at, char in enumerate(form):
        depth += (char == "(") - (char == ")")
        if depth == 0 and char in " '’‑-":
            return form[:at]
    return form


def _words_of(forms: Sequence[str]) -> re.Pattern[str] | None:
    # One word boundary before all: at most places nothing else is tried.
    return re.compile(rf"\b(?:{any_of(forms)})\b", re.IGNORECASE) if forms else None


def _bounded(patterns: list[str]) -> re.Pattern[str] | None:
    """Any of some patterns; the boundary that most begin with is asked once, before all of them."""
    begun = any_of(pattern.removeprefix(r"\b") for pattern in patterns if pattern.startswith(r"\b"))
    others = [pattern for pattern in patterns if not pattern.startswith(r"\b")]
    return _alternatives([rf"\b(?:{begun})", *others] if begun else others)


def _alternatives(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None


@lru_cache(maxsize=64)
def denial(lang: str | None) -> Denial:
    """How a language denies."""
    return Denial(lang)


@lru_cache(maxsize=64)
def modality(lang: str | None) -> tuple[Modality, Modality, Modality, Modality]:
    """How a language obliges, how it allows, how it foretells, and the verbs by which it allows."""
    data = language(lang).modality
    return (
        Modality(data.obligation, OBLIGES),
        Modality(data.possibility, ALLOWS),
        Modality(data.certainty, FORETELLS),
        Modality(data.verbs, GOVERNS),
    )


@lru_cache(maxsize=64)
def exempting(lang: str | None) -> tuple[Modality, Modality]:
    """How a language says that something need not be, and that it must not."""
    data = language(lang).modality
    return Modality(data.exemption, EXEMPTS), Modality(data.ban, EXEMPTS)


@lru_cache(maxsize=64)
def doubting(lang: str | None) -> tuple[Modality, Modality]:
    """How a language says that something is only said to be, and what can keep such a doubt."""
    data = language(lang).modality
    return Modality(data.rumour, RUMOURS), Modality(data.hedges)


def plain(text: str) -> str:
    """Lower case, one kind of space and of apostrophe; as long as the text but for a few letters of other scripts."""
    return text.translate(PLAIN_MARKS).lower()

"""Whether a sentence denies, obliges or allows, by the words of its language (`core.languages`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from mtcheck.core.content import Content, ContentWord
from mtcheck.core.languages import language
from mtcheck.core.lexicon import lexicon
from mtcheck.core.memo import Memo
from mtcheck.core.text import Text
from mtcheck.core.types import Span

_SPACES = str.maketrans("\u00a0\u202f\u2009’", "   '")
_WORD = re.compile(r"\w+(?:['\-‑]\w+)*['’]?")
_LETTERS = re.compile(r"\w+")
_JOINT = re.compile(r"['\-‑]")
# A beginning such as `o-` or `in-` is one only before so many letters.
_AFTER_PART = 4
# Characters before or after a negator in which its idiom lies.
_IDIOM = 70
# Beginnings that are hardly ever anything else, whether or not the rest is a known word.
_SURE_STARTS = {"da": ("u",), "nb": ("u",), "nn": ("u",), "sv": ("o",), "de": ("un",), "en": ("un",)}


class _Denial(Memo[bool]):
    """How one language denies; for each word, whether it negates by itself."""

    def __init__(self, lang: str | None) -> None:
        super().__init__()
        data = language(lang).negation
        words = {_plain(word) for word in data.words}
        self.known = bool(words)
        self.words = words
        self.alone = data.alone
        self.implicit = _alternatives([rf"\b{re.escape(_plain(word))}\w{{0,6}}" for word in data.implicit])
        starts = tuple(_plain(part[:-1]) for part in data.parts if part.endswith("-"))
        ends = tuple(_plain(part[1:]) for part in data.parts if part.startswith("-"))
        self.starts, self.ends = starts, ends
        self.idioms = _alternatives([idiom.replace("’", "'") for idiom in data.idioms])

    def look_up(self, word: str) -> bool:
        word = _plain(word)
        pieces = _JOINT.split(word)
        return (
            word in self.words
            or word.rstrip("'") in self.words
            or word.endswith("n't")
            or (len(pieces) > 1 and any(piece in self.words or piece + "'" in self.words for piece in pieces))
        )


class _Modals(Memo[bool]):
    """Words and phrases of one kind; for each word of a text, whether one of them can begin with it."""

    def __init__(self, forms: Sequence[str]) -> None:
        super().__init__()
        self.pattern = _any_of(forms)
        self._openings = _any_of([_opening(form) for form in forms])

    def look_up(self, word: str) -> bool:
        return any(map(self._openings.fullmatch, _LETTERS.findall(word))) if self._openings else False

    def spans(self, text: Text, span: Span) -> list[Span]:
        """All of them in a part of a text."""
        if self.pattern is None:
            return []
        value = text.value.translate(_SPACES)
        found: list[Span] = []
        end = span.start
        for word in text.words:
            if word.start >= end and word.end <= span.end and self[word.text]:
                for part in _LETTERS.finditer(value, word.start, word.end):
                    match = self.pattern.match(value, part.start(), span.end)
                    if match is not None and match.start() >= end:
                        found.append(Span(*match.span()))
                        end = match.end()
        return found


def _opening(form: str) -> str:
    """A regular expression up to what ends its first word, outside of its groups."""
    depth = 0
    for at, char in enumerate(form):
        depth += (char == "(") - (char == ")")
        if depth == 0 and char in " '’‑-":
            return form[:at]
    return form


def _any_of(forms: Sequence[str]) -> re.Pattern[str] | None:
    # One word boundary before all: at most places nothing else is tried.
    return re.compile(rf"\b(?:{'|'.join(forms)})\b", re.IGNORECASE) if forms else None


@lru_cache(maxsize=64)
def _denial(lang: str | None) -> _Denial:
    return _Denial(lang)


@lru_cache(maxsize=64)
def _modality(lang: str | None) -> tuple[_Modals, _Modals]:
    data = language(lang).modality
    return _Modals(data.obligation), _Modals(data.possibility)


def _alternatives(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None


def _plain(text: str) -> str:
    return text.translate(_SPACES).lower()


def has_denials(text: Text) -> bool:
    """True if a word of the text negates by itself: a cheap first question."""
    return any(map(_denial(text.lang).__getitem__, text.folded_words))


def denials(text: Text, span: Span) -> list[Span]:
    """Spans of the words in a part of a text that negate by themselves, those of idioms that deny nothing left out."""
    if not has_denials(text):
        return []
    data = _denial(text.lang)
    part = _plain(span.of(text.value))
    words = list(_WORD.finditer(part))
    found = [Span(*match.span()) for match in words if data[match.group()]]
    if data.alone and found:
        found = _accompanied(found, part, {match.group() for match in words}, data)
    if found and data.idioms is not None:
        found = [word for word in found if not _is_in_idiom(word, part, data.idioms)]
    return [Span(span.start + start, span.start + end) for start, end in found]


def _accompanied(found: list[Span], part: str, words: set[str], data: _Denial) -> list[Span]:
    """Without those that deny only beside another: `ne` before pas, `jamais` without ne; of ne and plus ne stays."""
    begun = [_JOINT.split(word.of(part))[0].rstrip("'") for word in found]
    firm = [word for word, first in zip(found, begun, strict=True) if first not in data.alone]
    if firm:
        return firm
    return found[:1] if len(found) > 1 or not words.isdisjoint(data.alone[begun[0]]) else []


def _is_in_idiom(word: Span, part: str, idioms: re.Pattern[str]) -> bool:
    near = idioms.finditer(part, max(0, word.start - _IDIOM), min(len(part), word.end + _IDIOM))
    return any(word.overlaps(Span(*match.span())) for match in near)


def may_deny(text: Text, span: Span, *, beside_negators: bool = True) -> bool:
    """True if anything in a part of a text can carry a negation: a negator, un-, -less, without, fail, refuse.

    Without `beside_negators` only what is no negator itself is looked for: with one it makes a double negation.
    """
    data = _denial(text.lang)
    part = _plain(span.of(text.value))
    if data.implicit is not None and data.implicit.search(part):
        return True
    words = lexicon(text.lang)
    for word in _WORD.findall(part):
        if data[word]:
            if beside_negators:
                return True
            continue
        if data.ends and word.endswith(data.ends):
            return True
        if (
            not beside_negators
            and len(word) > _AFTER_PART + 1
            and word.startswith(_SURE_STARTS.get(text.language.code, ()))
        ):
            return True
        for start in data.starts:
            rest = word[len(start) :]
            if word.startswith(start) and len(rest) >= _AFTER_PART and (rest[0] in "-‑" or words.knows(rest)):
                return True
    return False


def knows_denials(lang: str | None) -> bool:
    """True if the language's negators are known."""
    return _denial(lang).known


def has_modals(text: Text) -> bool:
    """True if the text says somewhere that something must or may be: a cheap first question."""
    return any(any(map(kind.__getitem__, text.raw_words)) for kind in _modality(text.lang))


class Modal(NamedTuple):
    """Words by which something must be, may be, or, as `får`, either."""

    span: Span
    obliges: bool
    allows: bool


def modals(text: Text, span: Span) -> list[Modal]:
    """The modal words in a part of a text, in order."""
    must, may = (kind.spans(text, span) for kind in _modality(text.lang))
    found = [Modal(word, True, any(word.overlaps(other) for other in may)) for word in must]
    found += [Modal(word, False, True) for word in may if not any(word.overlaps(other) for other in must)]
    return sorted(found)


def knows_modality(lang: str | None) -> bool:
    """True if the language's modal words are known."""
    return all(kind.pattern for kind in _modality(lang))


def paired_sentences(source: Text, target: Text) -> list[tuple[Span, Span]]:
    """The sentences of both sides in order where they are as many; both texts whole where one is a single sentence."""
    ours, theirs = source.sentences, target.sentences
    if len(ours) == len(theirs):
        return list(zip(ours, theirs, strict=True))
    return [(source.trimmed, target.trimmed)] if min(len(ours), len(theirs)) == 1 else []


def window(content: Content, place: Span, within: Span, reach: int) -> list[ContentWord]:
    """The content words of a sentence nearest to a place in it: so many before, so many after."""
    words = content.text.words
    inside = content.within(within)
    before = [word for word in inside if words[word.at].end <= place.start]
    after = [word for word in inside if words[word.at].start >= place.end]
    return before[-reach:] + after[:reach]

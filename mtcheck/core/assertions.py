"""Whether a sentence denies, obliges or allows, by the words of its language (`core.languages`)."""

from __future__ import annotations

import re
from functools import lru_cache

from mtcheck.core.content import Content, ContentWord
from mtcheck.core.languages import language
from mtcheck.core.lexicon import lexicon, vocabulary
from mtcheck.core.text import Text
from mtcheck.core.types import Span

_SPACES = str.maketrans("\u00a0\u202f\u2009’", "   '")
_WORD = re.compile(r"\w+(?:['\-‑]\w+)*['’]?")
# A beginning such as `o-` or `in-` is one only before so many letters.
_AFTER_PART = 4
# Beginnings that are hardly ever anything else, whether or not the rest is a known word.
_SURE_STARTS = {"da": ("u",), "nb": ("u",), "nn": ("u",), "sv": ("o",), "de": ("un",), "en": ("un",)}


class _Denial:
    """How one language denies."""

    def __init__(self, lang: str | None) -> None:
        data = language(lang).negation
        words = {_plain(word) for word in data.words}
        self.known = bool(words)
        self.words = words
        self.phrases = [word for word in words if " " in word]
        self.implicit = _alternatives([rf"\b{re.escape(_plain(word))}\w{{0,6}}" for word in data.implicit])
        starts = tuple(_plain(part[:-1]) for part in data.parts if part.endswith("-"))
        ends = tuple(_plain(part[1:]) for part in data.parts if part.startswith("-"))
        self.starts, self.ends = starts, ends
        self.idioms = _alternatives([idiom.replace("’", "'") for idiom in data.idioms])


@lru_cache(maxsize=64)
def _denial(lang: str | None) -> _Denial:
    return _Denial(lang)


@lru_cache(maxsize=64)
def _modality(lang: str | None) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    data = language(lang).modality
    return tuple(  # type: ignore[return-value]
        _alternatives([rf"\b(?:{form})\b" for form in forms]) for forms in (data.obligation, data.possibility)
    )


def _alternatives(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None


def _plain(text: str) -> str:
    return text.translate(_SPACES).lower()


def has_denials(text: Text) -> bool:
    """True if a word of the text negates by itself: a cheap first question."""
    return not _denial(text.lang).words.isdisjoint(text.folded_words) or "n't" in text.value or "n’t" in text.value


def denials(text: Text, span: Span) -> list[Span]:
    """Spans of the words in a part of a text that negate by themselves, those of idioms that deny nothing left out."""
    data = _denial(text.lang)
    part = _plain(span.of(text.value))
    if data.idioms is not None:
        part = data.idioms.sub(lambda match: " " * len(match.group()), part)
    found = []
    for match in _WORD.finditer(part):
        word = match.group()
        pieces = re.split(r"['\-‑]", word)
        if (
            word in data.words
            or word.rstrip("'") in data.words
            or word.endswith("n't")
            or (len(pieces) > 1 and any(piece in data.words or piece + "'" in data.words for piece in pieces))
        ):
            found.append(match.span())
    found += [(at, at + len(phrase)) for phrase in data.phrases if (at := part.find(phrase)) >= 0]
    return [Span(span.start + start, span.start + end) for start, end in sorted(found)]


def may_deny(text: Text, span: Span, *, beside_negators: bool = True) -> bool:
    """True if anything in a part of a text can carry a negation: a negator, un-, -less, without, fail, refuse.

    Without `beside_negators` only what is no negator itself is looked for: with one it makes a double negation.
    """
    data = _denial(text.lang)
    part = _plain(span.of(text.value))
    if data.implicit is not None and data.implicit.search(part):
        return True
    known = vocabulary(lexicon(text.lang).lang)
    stem = lexicon(text.lang).stem
    for word in _WORD.findall(part):
        if word in data.words or "n't" in word:
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
            if (
                word.startswith(start)
                and len(rest) >= _AFTER_PART
                and (rest[0] in "-‑" or rest in known or stem(rest) in known)
            ):
                return True
    return beside_negators and any(phrase in part for phrase in data.phrases)


def knows_denials(lang: str | None) -> bool:
    """True if the language's negators are known."""
    return _denial(lang).known


def obligation(text: Text, span: Span) -> Span | None:
    """The first words in a part of a text by which something must be."""
    return _first(_modality(text.lang)[0], text, span)


def possibility(text: Text, span: Span) -> Span | None:
    """The first words in a part of a text by which something may be."""
    return _first(_modality(text.lang)[1], text, span)


def _first(pattern: re.Pattern[str] | None, text: Text, span: Span) -> Span | None:
    match = pattern.search(text.value.translate(_SPACES), span.start, span.end) if pattern else None
    return Span(*match.span()) if match else None


def knows_modality(lang: str | None) -> bool:
    """True if the language's modal words are known."""
    return None not in _modality(lang)


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

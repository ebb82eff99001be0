"""Whether a sentence denies, obliges or allows, by the words of its language (`core.languages`)."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import compress
from typing import NamedTuple

from mtcheck.core.content import Content, ContentWord
from mtcheck.core.languages import base_language
from mtcheck.core.lexicon import lexicon
from mtcheck.core.memo import Memo
from mtcheck.core.signs import (
    DENIES,
    JOINT,
    PLAIN_MARKS,
    Denial,
    Modality,
    denial,
    doubting,
    exempting,
    modality,
    plain,
)
from mtcheck.core.text import Text
from mtcheck.core.types import Span

_MARKS = frozenset(map(chr, PLAIN_MARKS))
_LETTERS = re.compile(r"\w+")
# A beginning such as `o-` or `in-` is one only before so many letters.
_AFTER_PART = 4
# What may stand between a modal verb and another that it governs: must be able to.
_GOVERNED = re.compile(r"\s+(?:\w+\s+)?")
# Characters before or after a negator in which its idiom lies.
_IDIOM = 70
# Beginnings that are hardly ever anything else, whether or not the rest is a known word.
_SURE_STARTS = {"da": ("u",), "nb": ("u",), "nn": ("u",), "sv": ("o",), "de": ("un",), "en": ("un",), "cs": ("ne",)}
# Beginnings that deny nothing: unanimous, under.
_OTHER_STARTS = {
    "en": ("unanim", "under", "unif", "union", "uniq", "unit", "univ"),
    "de": ("ungar", "unif", "unit", "univ", "unter"),
}


def denials(text: Text, span: Span) -> list[Span]:
    """Spans of the words in a part of a text that negate by themselves, those of idioms that deny nothing left out."""
    negators = [text.word(index) for index in text.signed(DENIES, span)]
    if not negators:
        return []
    data = denial(text.lang)
    part = plain(span.of(text.value))
    found = [Span(word.start - span.start, word.end - span.start) for word in negators]
    if data.alone:
        places = text.words_within(span)
        words = set(map(plain, text.raw_words[places.start : places.stop]))
        found = _accompanied(found, part, words, data)
    if found and data.idioms is not None:
        found = [word for word in found if not _is_in_idiom(word, part, data.idioms)]
    return [Span(span.start + start, span.start + end) for start, end in found]


def _accompanied(found: list[Span], part: str, words: set[str], data: Denial) -> list[Span]:
    """Without those that deny only beside another: `ne` before pas, `jamais` without ne; of ne and plus ne stays."""
    begun = [JOINT.split(word.of(part))[0].rstrip("'") for word in found]
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
    carriers = _carriers(text.lang)
    phrases = carriers.phrases
    if phrases is not None and phrases.search(plain(span.of(text.value))):
        return True
    places = text.words_within(span)
    kinds = set(map(carriers.__getitem__, text.raw_words[places.start : places.stop]))
    return not kinds.isdisjoint(_CARRIERS if beside_negators else _HIDDEN)


def deniers(content: Content, span: Span) -> list[ContentWord]:
    """The content words in a part of a text that can carry a negation and are no negators: fail, unable, careless."""
    carriers = _carriers(content.text.lang)
    words = content.text.raw_words
    return [word for word in content.within(span) if carriers[words[word.at]] in _DENIERS]


def may_stand_for(negator: Content, span: Span, content: Content, part: Span, *, befores: bool = True) -> bool:
    """True if anything in a part of a text can stand for the negator of the other: what denies there too does not.

    Of `failure` for the source's `Versagen` nothing is left to stand for its `nicht`. Without `befores` neither does
    the before that both say.
    """
    text = content.text
    if not may_deny(text, part):
        return False
    there = deniers(negator, span)
    shared = [
        word.at for word in deniers(content, part) if any(not word.keys.isdisjoint(other.keys) for other in there)
    ]
    if not befores and _befores(negator.text, span):
        shared = sorted({*shared, *_befores(text, part)})
    if not shared:
        return True
    words = [text.word(at) for at in shared]
    ends = [part.start, *(end for word in words for end in (word.start, word.end)), part.end]
    return any(may_deny(text, Span(*gap)) for gap in zip(ends[::2], ends[1::2], strict=True))


def _befores(text: Text, span: Span) -> list[int]:
    """Where a part of a text says before."""
    before = text.language.negation.before
    return [at for at in text.words_within(span) if text.folded_words[at] in before]


def rules_out(text: Text, span: Span) -> bool:
    """True if a part of a text has a verb that surely denies what it governs: advise against, rule out."""
    verbs = denial(text.lang).verbs
    return bool(text.signs & verbs.sign and verbs.pattern and verbs.pattern.search(text.value, span.start, span.end))


_IMPLIED, _NEGATOR, _PART, _SURE_START = "implied", "negator", "part", "sure start"
_CARRIERS = frozenset((_IMPLIED, _NEGATOR, _PART))
_DENIERS = frozenset((_IMPLIED, _PART))
_HIDDEN = frozenset((_IMPLIED, _PART, _SURE_START))


class _Carriers(Memo[str]):
    """For each word of a language how it can carry a negation; empty if it cannot.

    A negator, fail or refuse (implied), without- or -less (part), or what begins as if it were one (sure start).
    """

    def __init__(self, lang: str | None) -> None:
        super().__init__()
        self._data, self._words = denial(lang), lexicon(lang)
        self._sure, self._others = (kind.get(base_language(lang) or "", ()) for kind in (_SURE_STARTS, _OTHER_STARTS))
        self.phrases = self._data.phrases

    def look_up(self, word: str) -> str:
        data, word = self._data, plain(word)
        if data.implicit is not None and data.implicit.search(word):
            return _IMPLIED
        if data[word]:
            return _NEGATOR
        if data.ends and word.endswith(data.ends):
            return _PART
        first, *joined = JOINT.split(word)
        if joined and first not in data.starts and self.look_up(joined[-1]) == _PART:
            return _PART  # now-unlawful
        if word.startswith(self._others):
            return ""
        for start in data.starts:
            rest = word[len(start) :]
            if word.startswith(start) and len(rest) >= _AFTER_PART and (rest[0] in "-‑" or self._words.knows(rest)):
                return _PART
        if len(word) <= _AFTER_PART + 1 or not word.startswith(self._sure):
            return ""
        meant = self._words.meanings(word)
        return _PART if not meant or any(meaning.startswith("un") for meaning in meant) else _SURE_START


@lru_cache(maxsize=64)
def _carriers(lang: str | None) -> _Carriers:
    return _Carriers(lang)


def knows_denials(lang: str | None) -> bool:
    """True if the language's negators are known."""
    return denial(lang).known


class Modal(NamedTuple):
    """Words by which something must be, may be, or, as `får`, either."""

    span: Span
    obliges: bool
    allows: bool


def modals(text: Text, span: Span) -> list[Modal]:
    """The words in a part of a text by which something must or may be, in order; of `may have to` the first alone."""
    must, may = obligations(text, span), _phrases(modality(text.lang)[1], text, span)
    found = [Modal(word, True, any(word.overlaps(other) for other in may)) for word in must]
    found += [Modal(word, False, True) for word in may if not any(word.overlaps(other) for other in must)]
    verbs = may_verbs(text, span) if found else []
    leading: list[Modal] = []
    for modal in sorted(found):
        if not any(_GOVERNED.fullmatch(text.value, verb.end, modal.span.start) for verb in verbs):
            leading.append(modal)
    return leading


def obligations(text: Text, span: Span) -> list[Span]:
    """The words in a part of a text by which something must be, in order."""
    return _phrases(modality(text.lang)[0], text, span)


def predictions(text: Text, span: Span) -> list[Span]:
    """The words in a part of a text by which something will be, in order."""
    return _phrases(modality(text.lang)[2], text, span)


def may_verbs(text: Text, span: Span) -> list[Span]:
    """The verbs in a part of a text by which something may be, in order."""
    return _phrases(modality(text.lang)[3], text, span)


def exemptions(text: Text, span: Span) -> list[Span]:
    """The words in a part of a text by which something need not be, in order."""
    return _phrases(exempting(text.lang)[0], text, span)


def bans(text: Text, span: Span) -> list[Span]:
    """The words in a part of a text by which something must not be, in order."""
    return _phrases(exempting(text.lang)[1], text, span)


def rumours(text: Text, span: Span) -> list[Span]:
    """The words in a part of a text by which something is only said to be, in order."""
    return _phrases(doubting(text.lang)[0], text, span)


def may_doubt(text: Text, span: Span) -> bool:
    """True if anything in a part of a text can keep a doubt, or if the language's words for it are not known."""
    hedges = doubting(text.lang)[1]
    return hedges.pattern is None or "n't" in plain(span.of(text.value)) or bool(_phrases(hedges, text, span))


def _phrases(kind: Modality, text: Text, span: Span) -> list[Span]:
    """Spans of the words and phrases of a kind in a part of a text."""
    if kind.pattern is None or (kind.sign and not text.signs & kind.sign):
        return []
    words = text.raw_words
    if kind.sign:
        # Some may open a phrase of another kind with the sign: what does not match is none.
        openings = text.signed(kind.sign, span)
    else:
        places = text.words_within(span)
        openings = list(compress(places, map(kind.__getitem__, words[places.start : places.stop])))
    if not openings:
        return []
    value = text.value if text.chars.isdisjoint(_MARKS) else text.value.translate(PLAIN_MARKS)
    found: list[Span] = []
    end = span.start
    for index in openings:
        word, start = words[index], text.starts[index]
        if start >= end:
            for part in _LETTERS.finditer(value, start, start + len(word)):
                match = kind.pattern.match(value, part.start(), span.end)
                if match is not None and match.start() >= end:
                    found.append(Span(*match.span()))
                    end = match.end()
    return found


def knows_modality(lang: str | None) -> bool:
    """True if the language's modal words are known."""
    return all(kind.pattern for kind in modality(lang)[:2])


def paired_sentences(source: Text, target: Text) -> list[tuple[Span, Span]]:
    """The sentences of both sides in order where they are as many; both texts whole where one is a single sentence."""
    ours, theirs = source.sentences, target.sentences
    if len(ours) == len(theirs):
        return list(zip(ours, theirs, strict=True))
    return [(source.trimmed, target.trimmed)] if min(len(ours), len(theirs)) == 1 else []


def window(content: Content, place: Span, within: Span, reach: int, before: int | None = None) -> list[ContentWord]:
    """The content words of a sentence nearest to a place in it: so many after, and as many before if not told."""
    words = content.text.words
    inside = content.within(within)
    ahead = [word for word in inside if words[word.at].end <= place.start]
    after = [word for word in inside if words[word.at].start >= place.end]
    most = reach if before is None else before
    return ahead[len(ahead) - min(most, len(ahead)) :] + after[:reach]

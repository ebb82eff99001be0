from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.languages import base_language
from mtcheck.core.names import accepted_names, generic_words, own_letters
from mtcheck.core.text import Text, Word
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.core.words import new_sign
from mtcheck.rules.base import RULES, Rule

_ACRONYM = re.compile(r"\((?P<acronym>[A-ZÅÄÖÜÆØ]{2,7})\)")
_LEAST_LETTERS = 3
_IS_ACRONYM = new_sign(lambda _: lambda word: word.isupper() and len(word) >= _LEAST_LETTERS and word.isalpha())
# Their acronyms often have the letters of English in another order: ADN, DNA.
_ROMANCE = frozenset(("es", "fr", "it", "pt", "ro"))
_NEAR_WORD = 0.75
# A compound of this length may be a whole name: Världshandelsorganisationen.
_LONG_WORD = 12


class _Expansion(NamedTuple):
    """Words given for an acronym, and where; in order of the text."""

    position: int
    span: Span
    acronym: str
    words: tuple[Word, ...]


@RULES.register
class AcronymMismatch(Rule):
    """An acronym is expanded by words that it does not stand for.

    Anti-pattern: `Baltic Trade Organization (HTO)` where the same article has `Hanseatic
    Trade Organisation`; an acronym that is not the source's and fits no words; the source language's own (`OTAN` in
    English).
    Best practice: the expansion that gives the letters, or for a known body its own name. An acronym of another
    language beside an English name (`Swedish Defence Research Agency (FOI)`, `Alternative for Germany (AfD)`) is right.
    """

    name = "acronym-mismatch"
    code = "NAME002"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        for position, segment in enumerate(article.segments):
            for span, accepted in (*_foreign(segment), *_garbled(segment)):
                letters = span.of(segment.target.value)
                yield position, self.finding(f"“{letters}” is “{accepted}” in the translation's language.", span)
        given = [found for i, segment in enumerate(article.segments) for found in _expansions(segment, i)]
        for expansion in given:
            segment = article.segments[expansion.position]
            if (known := _known_body(expansion, segment)) is not None:
                yield expansion.position, self.finding(f"{expansion.acronym} stands for “{known}”.", expansion.span)
                continue
            if _explains(expansion.words, expansion.acronym, segment.target):
                continue
            right = _better(expansion, article)
            if right is not None:
                message = f"{expansion.acronym} stands for “{right}” elsewhere in the text."
                yield expansion.position, self.finding(message, expansion.span)
            elif (other := _rival(expansion, given, article)) is not None:
                message = f"{expansion.acronym} is “{other}” elsewhere in the text."
                yield expansion.position, self.finding(message, expansion.span)
            elif _is_changed(expansion, segment):
                message = f"The source has no acronym {expansion.acronym}, and the words do not give it."
                yield expansion.position, self.finding(message, expansion.span)


def _foreign(segment: SegmentContext) -> Iterator[tuple[Span, str]]:
    """The source's acronym of a body that has another in the translation's language, with that."""
    source, target = segment.source, segment.target
    table = own_letters(source.lang, target.lang) if source is not None else {}
    if not table or table.keys().isdisjoint(target.raw_words) or table.keys().isdisjoint(segment.kept_words):
        return
    for letters in table.keys() & set(segment.kept_words):
        if table[letters] not in target.raw_words:
            word = next(word for word in target.words if word.text == letters)
            before = target.value[: word.start]
            aside = before.rfind("(") > before.rfind(")") and before[-1] != "("  # known by its French acronym, OMS
            if not aside and before[-1:] not in ('"', "“", "/"):
                yield Span(word.start, word.end), table[letters]


def _garbled(segment: SegmentContext) -> Iterator[tuple[Span, str]]:
    """The one acronym that the source has not, of the letters of the one that the translation has not: NGG, NNG."""
    source, target = segment.source, segment.target
    if source is None or not target.signs & _IS_ACRONYM:
        return
    if base_language(source.lang) in _ROMANCE or base_language(target.lang) in _ROMANCE:
        return
    added = _acronyms_without(source.value, target)
    if len(added) != 1:
        return
    lost = _acronyms_without(target.value, source)
    if len(lost) != 1:
        return
    mine, other = lost.pop(), added.pop()
    if len(mine) == len(other) and set(mine) == set(other) and mine != other[::-1]:
        word = next(word for word in target.words if word.text == other)
        yield Span(word.start, word.end), mine


def _acronyms_without(other: str, text: Text) -> set[str]:
    """The acronyms of a text that another has not."""
    return {word for at in text.signed(_IS_ACRONYM) if (word := text.raw_words[at]) not in other}


def _expansions(segment: SegmentContext, position: int) -> Iterator[_Expansion]:
    """`Some Proper Name (ACR)`: the capitalised run before each acronym in brackets."""
    target = segment.target
    for match in _ACRONYM.finditer(target.value) if "(" in target.chars else ():
        words = _capitalised_run(target, match.start())
        if len(words) >= 2 or (words and len(words[0].text) >= _LONG_WORD):
            yield _Expansion(position, Span(words[0].start, match.end()), match["acronym"], words)


def _capitalised_run(text: Text, end: int) -> tuple[Word, ...]:
    """The words up to `end` that belong to a name: capitals, and small words between capitals."""
    stopwords = set(text.language.acronym_stopwords)
    before = [word for word in text.words if word.end <= end]
    run: list[Word] = []
    for word in reversed(before):
        gap = text.value[word.end : run[-1].start if run else end]
        if gap.strip(" \u00a0&-") or not (word.text[0].isupper() or word.folded in stopwords):
            break
        run.append(word)
    while run and not run[-1].text[0].isupper():
        run.pop()
    # A sentence's first word may be no part of the name.
    if run and run[-1].folded in (*stopwords, *text.language.function_words):
        run.pop()
    while run and not run[-1].text[0].isupper():
        run.pop()
    return tuple(reversed(run))


def _initials(words: Sequence[Word], text: Text) -> set[str]:
    """First letters without the small words, hyphenated words as one or as several."""
    stopwords = set(text.language.acronym_stopwords)
    content = [word.text for word in words if word.folded not in stopwords]
    parts = [part for word in content for part in re.split(r"[-‑]", word) if part]
    return {"".join(word[0].upper() for word in content), "".join(part[0].upper() for part in parts)}


def _explains(words: Sequence[Word], acronym: str, text: Text) -> bool:
    """True if the initials of the last words, with or without the small ones, give the acronym."""
    for start in range(len(words)):
        tail = words[start:]
        if acronym in _initials(tail, text) or acronym == "".join(word.text[0].upper() for word in tail):
            return True
    # Letters from inside words: Interpol, UNHCR from United Nations High Commissioner for Refugees.
    letters = iter("".join(word.text for word in words).upper())
    starts = {word.text[0].upper() for word in words}
    return acronym[0] in starts and len(words) < len(acronym) and all(char in letters for char in acronym)


def _better(expansion: _Expansion, article: ArticleContext) -> str | None:
    """A name elsewhere in the article whose initials give the acronym and that shares a word with the expansion."""
    if len(expansion.acronym) < _LEAST_LETTERS:
        return None
    content = {word.folded for word in expansion.words}
    for segment in article.segments:
        for words in _names(segment.target, len(expansion.acronym)):
            shared = sum(1 for word in words if any(_alike(word.folded, other) for other in content))
            same = {word.folded for word in words} == content
            likely = shared or _differ_in_one(_initials(expansion.words, segment.target), expansion.acronym)
            if not same and likely and expansion.acronym in _initials(words, segment.target):
                return segment.target.value[words[0].start : words[-1].end]
    return None


def _rival(expansion: _Expansion, given: Sequence[_Expansion], article: ArticleContext) -> str | None:
    """Other words given for the same acronym, if these are the rarer or, as often, the earlier ones.

    People of one party share an acronym too, so the two must share a word, or their sources must.
    """
    if len(expansion.acronym) < _LEAST_LETTERS:
        return None
    said = _content(expansion)
    same = [other for other in given if other.acronym == expansion.acronym and _content(other) == said]
    for other in given:
        if other.acronym != expansion.acronym or _content(other) == said:
            continue
        times = sum(1 for third in given if third.acronym == other.acronym and _content(third) == _content(other))
        if times < len(same) or (times == len(same) and same[0] > other):
            continue
        if _related(expansion, other, article):
            return article.segments[other.position].target.value[other.words[0].start : other.words[-1].end]
    return None


def _content(expansion: _Expansion) -> tuple[str, ...]:
    return tuple(word.folded for word in expansion.words)


def _related(one: _Expansion, other: _Expansion, article: ArticleContext) -> bool:
    """True if both are meant for the same body. People have names of two words, bodies mostly more."""
    if len(one.words) > 2 and _explains(other.words, other.acronym, article.segments[other.position].target):
        return True
    sources = [_source_words(expansion, article) for expansion in (one, other)]
    if sources[0] and sources[1]:
        return sources[0] == sources[1]
    return any(_alike(word, rival) for word in _content(one) for rival in _content(other))


def _source_words(expansion: _Expansion, article: ArticleContext) -> tuple[str, ...]:
    """The last two words before the acronym in the source."""
    source = article.segments[expansion.position].source
    match = re.search(rf"\({expansion.acronym}\)", source.value) if source is not None else None
    if source is None or match is None:
        return ()
    return tuple(word.folded for word in source.words if word.end <= match.start())[-2:]


def _differ_in_one(initials: set[str], acronym: str) -> bool:
    return any(
        len(letters) == len(acronym) and sum(a != b for a, b in zip(letters, acronym, strict=True)) == 1
        for letters in initials
    )


def _alike(one: str, other: str) -> bool:
    return one == other or (
        min(len(one), len(other)) > 4 and Levenshtein.normalized_similarity(one, other) >= _NEAR_WORD
    )


def _names(text: Text, length: int) -> Iterator[tuple[Word, ...]]:
    """Runs of capitalised words, small words between them allowed, with `length` capitals."""
    stopwords = set(text.language.acronym_stopwords)
    words = text.words
    for start, word in enumerate(words):
        if not word.text[0].isupper():
            continue
        run: list[Word] = []
        capitals = 0
        for at in range(start, len(words)):
            current = words[at]
            gap = text.value[run[-1].end : current.start] if run else ""
            if gap.strip(" \u00a0&-"):
                break
            if current.text[0].isupper() and current.folded not in stopwords:
                capitals += 1
            elif current.folded not in stopwords:
                break
            run.append(current)
            if capitals == length:
                yield tuple(run)
                break


def _known_body(expansion: _Expansion, segment: SegmentContext) -> str | None:
    """The body that the acronym is known for, if the words given for it name another."""
    if segment.source is None:
        return None
    accepted = accepted_names(expansion.acronym, segment.source.lang, segment.target.lang)
    if not accepted or expansion.acronym.casefold() not in segment.source.folded_words:
        return None
    telling = {word.folded for word in expansion.words} - generic_words()
    right = {word.casefold() for name in accepted for word in name.split()} - generic_words()
    return (
        None
        if any(_alike(word, other) or word[:5] == other[:5] for word in telling for other in right)
        else accepted[0]
    )


def _is_recased(acronym: str, source: Text) -> bool:
    """True if the source writes some letters small between capitals: GdP is not GDP, though Ingv is INGV."""
    return acronym not in source.raw_words and any(
        word.upper() == acronym and word != acronym and not word.istitle() and not word.islower()
        for word in source.raw_words
    )


def _is_changed(expansion: _Expansion, segment: SegmentContext) -> bool:
    """The source gives one other acronym in brackets, which is nowhere in the translation."""
    source = segment.source
    if source is None:
        return False
    if _is_recased(expansion.acronym, source):
        return True
    theirs = _lone_acronyms(source, segment.target)
    if theirs is None or _lone_acronyms(segment.target, source) != expansion.acronym:
        return False
    # Romance languages have the letters the other way round: OTAN, NATO.
    if sorted(theirs) == sorted(expansion.acronym):
        return theirs != expansion.acronym[::-1]
    # Another language's own acronym (FN, UN) shares few letters; a garbled one most.
    return len(theirs) == len(expansion.acronym) and Levenshtein.distance(theirs, expansion.acronym) == 1


def _lone_acronyms(text: Text, other: Text) -> str | None:
    """The one acronym of three letters or more in brackets that the other text lacks; None if there are more."""
    found = {match["acronym"] for match in _ACRONYM.finditer(text.value)}
    lone = {letters for letters in found if len(letters) >= _LEAST_LETTERS and letters not in other.value}
    return lone.pop() if len(lone) == 1 else None

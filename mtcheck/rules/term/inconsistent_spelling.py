from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.languages import Spelling, language
from mtcheck.core.text import Word
from mtcheck.core.types import Finding, Role, Severity, Span
from mtcheck.core.words import new_sign
from mtcheck.rules.base import RULES, Rule

Variety = Literal["a", "b"]
# Oxford spelling has -ize beside -our and -re, so -ize says nothing of the variety; -ise does.
_OXFORD = "ise"


class _Use(NamedTuple):
    """A word whose spelling belongs to one variety of the language."""

    position: int
    word: Word
    variety: Variety
    kind: str
    stem: str
    name: bool
    before: str


@RULES.register
class InconsistentSpelling(Rule):
    """Two varieties of the language are mixed in one article.

    Anti-pattern: `organization` and `organisation`, or `colour` and `center`, in one text.
    Best practice: one variety. Official names keep their own spelling (`World Health Organization` in
    British copy, `Labour Party` in American), and Oxford spelling (`organize` with `colour`) is one
    variety.
    """

    name = "inconsistent-spelling"
    code = "TERM004"
    severity = Severity.MINOR
    mqm = "terminology/inconsistent"

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        uses = list(_uses(article))
        if not uses:
            return
        flagged = [*_odd_words(uses, article), *_odd_names(uses)]
        for use, reason in flagged:
            yield use.position, self.finding(reason, Span(use.word.start, use.word.end))


def _uses(article: ArticleContext) -> Iterator[_Use]:
    for position, segment in enumerate(article.segments):
        target = segment.target
        if not target.signs & _IS_SPELLED or segment.role is Role.CREDIT or _is_left(segment):
            continue
        starts = {sentence.start for sentence in target.sentences}
        spelled = _stem(target.lang)
        for index in target.signed(_IS_SPELLED):
            use = spelled(target.raw_words[index])
            assert use is not None
            variety, kind, stem = use
            word = target.words[index]
            capital = word.text[0].isupper()
            opens = any(0 <= word.start - start <= 2 for start in starts)
            before = target.words[index - 1].folded if index else ""
            yield _Use(position, word, variety, kind, stem, capital and not opens, before)


def _is_left(segment: SegmentContext) -> bool:
    """True if the source was left untranslated: its words are of another language."""
    return segment.source is not None and segment.source.folded_words == segment.target.folded_words


def _odd_words(uses: list[_Use], article: ArticleContext) -> Iterator[tuple[_Use, str]]:
    """Words of the variety that is not the article's: the one its language tag names, else the rarer."""
    words = [use for use in uses if not use.name]
    a = [use for use in words if use.variety == "a"]
    b = [use for use in words if use.variety == "b"]
    if not a or not b:
        return
    only_oxford = all(use.kind == _OXFORD for use in b) and not any(use.kind == _OXFORD for use in a)
    if only_oxford:
        return
    odd = _odd_by_region(article, a, b)
    if odd is None:
        odd = a if len(a) < len(b) or (len(a) == len(b) and a[0] > b[0]) else b
    spelling = language(article.article.target_lang).spelling
    name = spelling.variety_a if odd is a else spelling.variety_b
    for use in odd:
        if use.kind == _OXFORD and use.variety == "b" and not any(other.kind == _OXFORD for other in a):
            continue  # -ize among British words is Oxford's
        yield use, f"“{use.word.text}” is {name} spelling in a text that otherwise is not."


def _odd_by_region(article: ArticleContext, a: list[_Use], b: list[_Use]) -> list[_Use] | None:
    tag = article.article.target_lang or ""
    if tag == "en-US":
        return a
    return b if tag == "en-GB" else None


def _odd_names(uses: list[_Use]) -> Iterator[tuple[_Use, str]]:
    """The rarer spelling of a word inside names that share the word before it as well."""
    names = [use for use in uses if use.name and use.before]
    for use in names:
        rivals = [other for other in names if _same_but_spelling(use, other)]
        if not rivals:
            continue
        mine = [other for other in uses if other.stem == use.stem and other.variety == use.variety]
        theirs = [other for other in uses if other.stem == use.stem and other.variety != use.variety]
        if len(mine) < len(theirs) or (len(mine) == len(theirs) and min(mine) > min(theirs)):
            yield use, f"“{use.word.text}” is also spelled “{rivals[0].word.text}” in this text."


def _same_but_spelling(one: _Use, other: _Use) -> bool:
    return (one.stem, one.before) == (other.stem, other.before) and one.variety != other.variety


def _written(first: str, second: str) -> list[tuple[str, Variety]]:
    pairs: list[tuple[str, Variety]] = [(first, "a"), (second, "b")]
    return [(stem, variety) for stem, variety in pairs if stem]


Stem = tuple[Variety, str, str]
# So many letters tell which stems a word can have.
_OPENING = 3


@lru_cache(maxsize=64)
def _stem(lang: str | None) -> Callable[[str], Stem | None]:
    """What gives what a word's spelling says of a language's variety."""
    patterns, table = _table(lang)

    def of_word(word: str) -> Stem | None:
        word = word.casefold().removesuffix("'s").removesuffix("’s")
        pattern = patterns.get(word[:_OPENING])
        match = pattern.fullmatch(word) if pattern else None
        return table[match[match.lastgroup or 0]] if match else None

    return of_word


_IS_SPELLED = new_sign(_stem)


@lru_cache(maxsize=64)
def _table(lang: str | None) -> tuple[dict[str, re.Pattern[str]], dict[str, Stem]]:
    """Patterns over whole words by their first letters, and each stem's variety, class and common name.

    A final space in the data ends the word, where the stem is another word's beginning.
    """
    spelling: Spelling = language(lang).spelling
    table: dict[str, Stem] = {}
    words: dict[str, list[str]] = {}
    for kind, pairs in spelling.classes.items():
        for first, second in pairs:
            for stem, variety in _written(first, second):
                table[stem.strip()] = (variety, kind, first.strip())
                ending = "" if stem.endswith(" ") else f"(?:{spelling.endings.get(kind, '.*')})"
                same = words.setdefault(stem.strip()[:_OPENING], [])
                same.append(f"(?P<w{len(same)}>{re.escape(stem.strip())}){ending}")
    return {opening: re.compile("|".join(same)) for opening, same in words.items()}, table

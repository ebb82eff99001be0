from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from mtcheck.core.content import plain_letters
from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import base_language
from mtcheck.core.lexicon import COMPOUNDING, lexicon
from mtcheck.core.names import (
    CHANGING,
    Place,
    are_two_places,
    bare,
    bodies,
    has_form,
    is_exonym,
    is_misspelt,
    is_word,
    kept_names,
    lonely_names,
    may_name_bodies,
    mentions,
)
from mtcheck.core.terms import find_term
from mtcheck.core.text import Text, Word
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_LEAST_PART = 5
_LEAST_FIRST = 3
_ENDINGS = frozenset(
    ("s", "es", "n", "t", "en", "et", "ens", "ets", "ns", "ts", "ne", "ene", "erne", "na", "arna", "erna", "a", "e")
)
_SAME_END = 5
# Words from a verb of saying to the surname: says national team coach Roger Steel.
_NEAR = 6
# Letters that stand for one another where a name comes from other letters: Jelzin, Yeltsin.
_SOUNDS = tuple(map(frozenset, ("ijye", "vwfu", "chkqgx", "szcx", "tczds", "bvp", "aoeuh")))
_PARTICLES = frozenset(("van", "de", "da", "do", "dos", "di", "del", "della", "af", "av", "du"))
# What they became, by the translation's language.
_OF = {
    "en": frozenset(("from", "by")),
    "sv": frozenset(("från",)),
    "da": frozenset(("fra",)),
    "nb": frozenset(("fra",)),
    "nn": frozenset(("frå",)),
    "de": frozenset(("aus",)),
    "nl": frozenset(("uit",)),
}
_SENTENCE_END = frozenset(".!?…")
# Beyond, a text is a list of names.
_MOST_NAMES = 100


@RULES.register
class NameMismatch(SegmentRule):
    """A name is another in the translation, or was translated as if it were a word.

    Anti-pattern: `Kungälv` for `Uddevalla`; `New China` for `Nya Kina` (Xinhua); `Waterfall` for `Vattenfall`.
    Best practice: the same person, place or body, by the name that it has in the target language. Inflection,
    transliteration and exonyms (CLDR, and a table of places and bodies) are right.
    """

    name = "name-mismatch"
    code = "NAME001"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
    needs_source = True

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source_content, segment.target_content
        if source is None or not segment.target or base_language(source.text.lang) == base_language(target.text.lang):
            return
        ours, theirs = segment.source_names, segment.target_names
        if not theirs:
            return
        if may_name_bodies(source.text) and (found := _translated(source.text, target.text)):
            name, span = found
            yield self.finding(f"“{name}” is not called this in any language.", span)
        added = lonely_names(target, theirs, source)
        lost = lonely_names(source, ours, target) if added else []
        marked: set[int] = set()
        wrong = [*_wrong(lost, added, source.text, target.text), *_replaced(segment, added), *_surnames(segment)]
        for mine, other in wrong:
            if other.start in marked:
                continue
            marked.add(other.start)
            yield self.finding(
                f"“{bare(other.text)}” stands for “{bare(mine.text)}”.",
                Span(other.start, other.start + len(bare(other.text))),
                source_span=Span(mine.start, mine.end),
            )
        for mine, other in _particles(segment):
            yield self.finding(
                f"“{mine.text}” is a part of the name.",
                Span(other.start, other.end),
                source_span=Span(mine.start, mine.end),
            )
        for part, word in _left_parts(theirs, source.text, target.text):
            marked.add(part.start)
            yield self.finding(
                f"“{part.text}” was left of “{word.text}”.",
                Span(part.start, part.end),
                source_span=Span(word.start, word.end),
            )
        unlike = [place for place in theirs if place.name not in source.text.value]
        if not unlike or base_language(target.text.lang) in CHANGING:
            return
        known = list({place.name: place for place in ours}.values())[:_MOST_NAMES]
        for place in unlike:
            start = target.text.starts[place.at]
            if start in marked:
                continue
            right = next((mine for mine in known if is_misspelt(place.name, mine.name, source.text.lang)), None)
            if right is not None and plain_letters(place.name) not in plain_letters(source.text.value):
                word = source.text.word(right.at)
                yield self.finding(
                    f"“{place.name}” is a misspelling of “{right.name}”.",
                    Span(start, start + len(place.name)),
                    source_span=Span(word.start, word.end),
                )


def _wrong(lost: list[Word], added: list[Word], source: Text, target: Text) -> Iterator[tuple[Word, Word]]:
    """Names without a counterpart that stand for one another: known to be two places, or beside the same name."""
    if base_language(target.lang) in CHANGING:
        return
    for other in added:
        for mine in lost:
            if _are_two_places(mine, other, target) or _beside_same(mine, other, source, target):
                yield mine, other
                break


def _replaced(segment: SegmentContext, added: list[Word]) -> Iterator[tuple[Word, Word]]:
    """A name that the translation has too, but once less, with another in its place: Aberdeen … Edinburgh."""
    source, target = segment.source, segment.target
    assert source is not None
    added = [word for word in added if not is_word(bare(word.text), target.lang) and not has_form(source, word.text)]
    if len(added) != 1:
        return
    other = bare(added[0].text)
    for place in segment.source_names:
        if not CHANGING.isdisjoint(map(base_language, (source.lang, target.lang))) and not (
            is_exonym(place.name) and is_exonym(other)
        ):
            continue
        theirs = mentions(place.name, target)
        if place.name[0] != other[0] and theirs and mentions(place.name, source) == theirs + 1:
            yield source.words[place.at], added[0]
            return


def _surnames(segment: SegmentContext) -> Iterator[tuple[Word, Word]]:
    """A surname that lost letters or is another, behind the same first name: Sven Lindqvist … Sven Lind."""
    source, target = segment.source, segment.target
    assert source is not None
    if base_language(source.lang) in CHANGING or base_language(target.lang) in CHANGING:
        return
    kept = {word for word in segment.kept_words if len(word) >= _LEAST_FIRST and word.istitle()}
    if not kept:
        return
    mine, other = (_after_first(kept, text.raw_words) for text in (source, target))
    for first in mine.keys() & other.keys():
        if len(mine[first]) != 1 or len(other[first]) != 1:
            continue
        here, there = mine[first][0], other[first][0]
        whole, part = source.word(here), target.word(there)
        if whole.text == part.text:
            continue
        if _is_renamed(first, here, there, source, target):
            yield whole, part
            continue
        elsewhere = bare(part.text) in source.raw_words or bare(whole.text) in target.raw_words
        # A compound in two words: Posthus, Post Office.
        split = target.value[part.end : part.end + 1] == " " and target.value[part.end + 1 : part.end + 2].isupper()
        if not (elsewhere or split) and _is_cut(bare(whole.text), bare(part.text), source.lang):
            yield whole, part


def _is_renamed(first: str, mine: int, other: int, source: Text, target: Text) -> bool:
    """True if a surname's beginning is another, or if it became a word of the translation."""
    a, b = bare(source.raw_words[mine]), bare(target.raw_words[other])
    if (
        a == b
        or any(map(is_exonym, (first, a, b)))
        or is_word(a, source.lang)
        or a in target.value
        or b in source.value
    ):
        return False
    if not (_is_surname(mine, source) and _is_surname(other, target)):
        return False
    if is_word(b, target.lang):
        return not is_word(a, target.lang) and _speaks(other, target)
    return not is_word(first, target.lang) and _is_other_beginning(plain_letters(a), plain_letters(b))


def _is_surname(at: int, text: Text) -> bool:
    """True of the last of two names with a space between."""
    first, word = text.words[at - 1], text.words[at]
    following = text.value[word.end : word.end + 2]
    return text.value[first.end : word.start] == " " and not (following[:1] in ("-", " ") and following[1:].isupper())


def _speaks(at: int, text: Text) -> bool:
    """True if a verb of saying is near a name: who speaks is a person."""
    near = text.folded_words[max(0, at - _NEAR) : at - 1] + text.folded_words[at + 1 : at + 3]
    return not frozenset(near).isdisjoint(text.language.attribution_verbs)


def _is_other_beginning(one: str, other: str) -> bool:
    """True of two names with the same end of five letters or more that begin with letters of unlike sound."""
    if one[:1] == other[:1] or one[-_SAME_END:] != other[-_SAME_END:] or min(len(one), len(other)) <= _SAME_END:
        return False
    return not any({one[0], other[0]} <= sounds for sounds in _SOUNDS)


def _particles(segment: SegmentContext) -> Iterator[tuple[Word, Word]]:
    """The `van` and `de` of a name, translated between the same two names: Anneke from Loon."""
    source, target = segment.source, segment.target
    assert source is not None
    small = _OF.get(base_language(target.lang) or "", frozenset())
    if base_language(source.lang) == "de":  # where nouns have capitals too
        return
    if small.isdisjoint(target.raw_words):
        return
    words = source.raw_words
    if _PARTICLES.isdisjoint(words):
        return
    named = [
        at
        for at in range(1, len(words) - 1)
        if words[at] in _PARTICLES and words[at - 1].istitle() and words[at + 1][0].isupper()
    ]
    if not named:
        return
    triples = zip(target.raw_words, target.raw_words[1:], target.raw_words[2:], strict=False)
    theirs = {(a, c): at for at, (a, b, c) in enumerate(triples, 1) if b in small}
    for at in named:
        first, last = words[at - 1], words[at + 1]
        there = theirs.get((first, bare(last))) or theirs.get((first, last))
        if there is not None and not (is_word(first, target.lang) or is_exonym(first) or is_exonym(last)):
            yield source.word(at), target.word(there)


def _after_first(kept: Collection[str], words: Sequence[str]) -> dict[str, list[int]]:
    """Where a name follows each of the names that both texts have."""
    places: dict[str, list[int]] = {}
    for at, (word, following) in enumerate(pairwise(words), 1):
        if word in kept and following.istitle():
            places.setdefault(word, []).append(at)
    return places


def _is_cut(whole: str, part: str, lang: str | None) -> bool:
    """True if a name of the source lost its end, which is no ending of grammar, or its beginning; False of words."""
    if "-" in whole or len(part) < _LEAST_FIRST or is_exonym(whole) or is_exonym(part) or is_word(whole, lang):
        return False
    long, short = whole.casefold(), part.casefold()
    if plain_letters(long) == plain_letters(short):
        return False
    lost_beginning = plain_letters(long).endswith(plain_letters(short))
    return lost_beginning or (long.startswith(short) and long.removeprefix(short) not in _ENDINGS)


def _left_parts(names: Sequence[Place], source: Text, target: Text) -> Iterator[tuple[Word, Word]]:
    """The beginning of a common compound of the source, taken for a name: Miljö Movement for miljörörelsen.

    Only one with a letter of its own is surely not a word of the translation's too.
    """
    lang = base_language(source.lang)
    if lang not in COMPOUNDING or lang in CHANGING or lang == "de":
        return
    for place in names:
        part = target.folded_words[place.at]
        if (
            len(part) < _LEAST_PART
            or part.isascii()
            or not lexicon(source.lang).knows(part)
            or lexicon(target.lang).knows(part)
        ):
            continue
        whole = next((w for w in source.words if w.text.islower() and w.text.startswith(part) and w.text != part), None)
        if whole is not None:
            yield target.word(place.at), whole


def _are_two_places(mine: Word, other: Word, target: Text) -> bool:
    """True of two places, also with the word before: New Zealand is not Zealand."""
    if not are_two_places(mine.text, other.text):
        return False
    before = target.value[: other.start].rsplit(None, 1)[-1:]
    joined = f"{before[0]} {bare(other.text)}" if before and before[0][0].isupper() else ""
    return not is_exonym(joined) or are_two_places(mine.text, joined)


def _beside_same(mine: Word, other: Word, source: Text, target: Text) -> bool:
    """True if the name before each is the same: Munkedal and Uddevalla, Munkedal and Kungälv."""
    if base_language(source.lang) in CHANGING or is_exonym(mine.text) or is_exonym(other.text):
        return False
    if is_word(bare(mine.text), source.lang) or is_word(bare(other.text), target.lang):
        return False  # a word of a longer name: Operation Sealion
    return _name_before(mine, source) is not None and _name_before(mine, source) == _name_before(other, target)


def _name_before(word: Word, text: Text) -> str | None:
    at = text.words.index(word)
    for index in range(at - 1, max(-1, at - 3), -1):
        before = text.words[index]
        if not _SENTENCE_END.isdisjoint(text.value[before.end : text.words[index + 1].start]):
            return None
        if before.text[0].isupper():
            name = bare(before.text)
            return name if len(name) > 2 and not is_word(name, "en") else None
    return None


def _translated(source: Text, target: Text) -> tuple[str, Span] | None:
    """A name of the source that must stand in the translation as it is, or in an accepted form, and what does."""
    names = [name for name in kept_names() if name in source.value and name not in target.value]
    if base_language(target.lang) == "en":
        names += [
            name
            for body in bodies()
            for name in body.names
            if name in source.value and not any(form in target.value for form in (*body.en, name))
        ]
    for name in names:
        place = next(find_term(source, name, case_sensitive=True), None)
        if place is None:
            continue
        wanted = place.start / max(1, len(source.value))
        spans = sorted(_capital_runs(target, source), key=lambda span: abs(span.start / len(target.value) - wanted))
        if spans and len(name.split()) <= len(spans[0].of(target.value).split()) + 1:
            return name, spans[0]
    return None


def _capital_runs(text: Text, source: Text) -> Iterator[Span]:
    """Capitalised words in a row that the source has not."""
    start = end = -1
    for word in text.words:
        if word.text[0].isupper() and word.text not in source.value and word.text.casefold() not in _DEMONYMS:
            if start < 0 or text.value[end : word.start].strip():
                if start > 0:
                    yield Span(start, end)
                start = word.start
            end = word.start + len(bare(word.text))
        elif start >= 0:
            if start > 0:
                yield Span(start, end)
            start = -1
    if start > 0:
        yield Span(start, end)


# Translators add them to say whose parliament or newspaper it is.
_DEMONYMS = frozenset(("swedish", "danish", "norwegian", "finnish", "german", "french", "spanish", "italian", "dutch"))

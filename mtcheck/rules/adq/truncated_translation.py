from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from mtcheck.core.assertions import paired_sentences
from mtcheck.core.content import Content
from mtcheck.core.context import SegmentContext
from mtcheck.core.lexicon import lexicon
from mtcheck.core.text import QUOTES, Text
from mtcheck.core.types import SENTENCE_ROLES, Finding, Role, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_ENDED = re.compile(r"[.!?…。！？][\"”’»«“)\]]*\s*$")
_LAST = re.compile(r"(?P<word>[^\W\d_]+),?\s*$")
_LEAST_WORDS = 4
# Known words without a counterpart.
_LEAST_LOST = 2
_SENTENCES = 2


@RULES.register
class TruncatedTranslation(SegmentRule):
    """The translation breaks off in the middle of a sentence.

    Anti-pattern: `It took five months before the reactor was` for a sentence that the source ends.
    Best practice: the whole sentence. Without a mark where the source has one, an end on an article, a preposition or
    another small word that ends no sentence is surely a break; so is one on a word whose counterpart in the source is
    not the end, with nothing of what follows it anywhere in the translation.
    """

    name = "truncated-translation"
    code = "ADQ002"
    severity = Severity.MAJOR
    mqm = "accuracy/omission"
    needs_source = True
    supersedes = frozenset({"end-punctuation", "length-outlier", "unbalanced-quotes", "omitted-content", "NUM"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target, source = segment.target, segment.source
        if source is None:
            return
        headline = segment.role is Role.HEADLINE  # which no mark ends
        if not headline and (segment.role not in SENTENCE_ROLES or not _ENDED.search(source.value[-8:])):
            return
        end = target.value.rstrip()[-1:]
        if not end.isalpha() and end != ",":
            return
        last = _LAST.search(target.value[-40:])
        if last is None or len(target.folded_words) < _LEAST_WORDS:
            return
        word = last["word"].casefold()
        small = word in target.language.function_words
        lost = None if headline else _unsaid_end(segment)
        if headline:
            ends_none = small and _lacks_words(segment)
        else:
            ends_none = small and word not in (*target.language.closing_words, *target.language.attribution_verbs)
        if ends_none or lost is not None:
            start = max(0, len(target.value) - 40) + last.start("word")
            span = Span(_opening(target, start), start + len(last["word"]))
            yield self.finding(
                f"The sentence breaks off after “{last['word']}”.", span, source_span=lost or source.sentences[-1]
            )


def _opening(target: Text, start: int) -> int:
    """Where the quotation begins that breaks off, else the word's own start."""
    quotes = [at for at, char in enumerate(target.value) if char in QUOTES]
    return quotes[-1] if len(quotes) % 2 else start


def _lacks_words(segment: SegmentContext) -> bool:
    """True if a headline says nothing of two words or more, and nothing else instead."""
    source, target = segment.source_content, segment.target_content
    if source is None or source.text.folded_words[-1] in source.text.language.function_words:
        return False
    return sum(_unmatched(source, target)) >= _LEAST_LOST and not any(_unmatched(target, source))


def _unsaid_end(segment: SegmentContext) -> Span | None:
    """What stands in the source after the counterpart of the translation's last word, if nothing of it is said.

    Of as many sentences the last two are compared. Where the last word has no counterpart, two known words or more at
    the source's end will do.
    """
    source, target = segment.source_content, segment.target_content
    if source is None or not target.words:
        return None
    if target.text.folded_words[-1] in target.text.language.attribution_verbs:
        return None  # a quotation: who says it may stand before the verb
    if target.text.folded_words[-1] in target.text.language.closing_words:
        return None
    pairs = paired_sentences(source.text, target.text)
    mine, other = pairs[-1] if pairs else (source.text.trimmed, target.text.trimmed)
    ours, theirs = source.within(mine), target.within(other)
    if not ours or not theirs or (theirs[-1].at != len(target.text.raw_words) - 1 and len(pairs) < _SENTENCES):
        return None
    said = frozenset().union(*(word.keys for word in theirs))
    found = [place for place, word in enumerate(ours) if not word.keys.isdisjoint(theirs[-1].keys)]
    if found:
        rest = ours[found[-1] + 1 :]
        if not any(word.known for word in rest) or any(not word.keys.isdisjoint(said) for word in rest):
            return None
    else:
        if not (lexicon(source.text.lang).thorough and lexicon(target.text.lang).thorough):
            return None
        rest = [*takewhile(lambda word: word.keys.isdisjoint(said), reversed(ours))][::-1]
        if sum(word.known for word in rest) < _LEAST_LOST or len(rest) == len(ours):
            return None
    heard = frozenset().union(*(word.keys for word in ours))
    over = [word.known and word.keys.isdisjoint(heard) for word in theirs]
    if not found:
        over = over[:-1]
    if ours[0].keys.isdisjoint(said):
        over = over[sum(1 for _ in takewhile(bool, over)) :]  # one subject in more words
    if sum(over) > sum(word.known for word in rest) - (not found):
        return None  # said elsewhere in other words, perhaps
    return Span(source.text.starts[rest[0].at], source.text.trimmed.end)


def _unmatched(one: Content, other: Content) -> list[bool]:
    """For each content word whether it is known and has no counterpart."""
    return [word.known and word.keys.isdisjoint(other.keys) for word in one.words]

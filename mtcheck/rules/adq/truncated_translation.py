from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from mtcheck.core.content import Content
from mtcheck.core.context import SegmentContext
from mtcheck.core.types import SENTENCE_ROLES, Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_ENDED = re.compile(r"[.!?…。！？][\"”’»«“)\]]*\s*$")
_LAST = re.compile(r"(?P<word>[^\W\d_]+),?\s*$")
_LEAST_WORDS = 4


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
        if source is None or segment.role not in SENTENCE_ROLES or not _ENDED.search(source.value[-8:]):
            return
        end = target.value.rstrip()[-1:]
        if not end.isalpha() and end != ",":
            return
        last = _LAST.search(target.value[-40:])
        if last is None or len(target.folded_words) < _LEAST_WORDS:
            return
        word = last["word"].casefold()
        ends_none = word in target.language.function_words and word not in (
            *target.language.closing_words,
            *target.language.attribution_verbs,
        )
        lost = _unsaid_end(segment)
        if ends_none or lost is not None:
            start = max(0, len(target.value) - 40) + last.start("word")
            span = Span(start, start + len(last["word"]))
            yield self.finding(
                f"The sentence breaks off after “{last['word']}”.", span, source_span=lost or source.sentences[-1]
            )


def _unsaid_end(segment: SegmentContext) -> Span | None:
    """What stands in the source after the counterpart of the translation's last word, if nothing of it is said."""
    source, target = segment.source_content, segment.target_content
    if source is None or not target.words or target.words[-1].at != len(target.text.raw_words) - 1:
        return None
    last = target.words[-1].keys
    found = [place for place, word in enumerate(source.words) if not word.keys.isdisjoint(last)]
    rest = source.words[found[-1] + 1 :] if found else ()
    if target.text.folded_words[-1] in target.text.language.attribution_verbs:
        return None  # a quotation: who says it may stand before the verb
    if not any(word.known for word in rest) or any(not word.keys.isdisjoint(target.keys) for word in rest):
        return None
    over = _unmatched(target, source)
    if source.words[0].keys.isdisjoint(target.keys):
        over = over[sum(1 for _ in takewhile(bool, over)) :]  # one subject in more words
    if sum(over) > sum(1 for word in rest if word.known):
        return None  # said elsewhere in other words, perhaps
    return Span(source.text.starts[rest[0].at], source.text.trimmed.end)


def _unmatched(one: Content, other: Content) -> list[bool]:
    """For each content word whether it is known and has no counterpart."""
    return [word.known and word.keys.isdisjoint(other.keys) for word in one.words]

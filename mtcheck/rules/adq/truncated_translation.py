from __future__ import annotations

import re
from collections.abc import Iterator

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
    Best practice: the whole sentence. Only an end on an article, a preposition or another small word that ends no
    sentence, without a mark where the source has one, is surely a break.
    """

    name = "truncated-translation"
    code = "ADQ002"
    severity = Severity.MAJOR
    mqm = "accuracy/omission"
    needs_source = True
    supersedes = frozenset({"end-punctuation", "length-outlier", "unbalanced-quotes"})

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
        if word in target.language.function_words and word not in target.language.closing_words:
            start = max(0, len(target.value) - 40) + last.start("word")
            span = Span(start, start + len(last["word"]))
            yield self.finding(f"The sentence breaks off after “{last['word']}”.", span)

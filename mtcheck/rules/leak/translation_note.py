from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import language
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule


@RULES.register
class TranslationNote(SegmentRule):
    """The translation talks about its own language, or about having been translated.

    Anti-pattern: `The NIB (in English called the Nordic Investment Bank)` in an English
    text; `Translator's note: …`.
    Best practice: use the name. Where a text is about English itself, the source says so with the same
    words and the finding can be ignored.
    """

    name = "translation-note"
    code = "LEAK006"
    severity = Severity.MAJOR
    mqm = "accuracy/addition"
    supersedes = frozenset({"added-content"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target = segment.target
        clues = target.language.translation_clues
        if clues:
            small = target.value.casefold()
            if not any(clue in small for clue in clues):
                return
        reached = 0
        for match in sorted(_matches(target.value, target.lang), key=lambda m: (m.start(), -m.end())):
            if match.start() >= reached:
                reached = match.end()
                yield self.finding(
                    f"“{match.group()}” tells of the translation, not of the matter.", Span(*match.span())
                )


def _matches(text: str, lang: str | None) -> Iterator[re.Match[str]]:
    for pattern in _patterns(lang):
        yield from pattern.finditer(text)


@lru_cache(maxsize=64)
def _patterns(lang: str | None) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in language(lang).translation_notes)

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import language, language_name
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

# (German: Stellwerk), [Note: …]; and what a source may have in its place.
_NAMED = re.compile(r"[\[(](?:in )?(?P<name>[A-Za-z][a-z]{3,}):")
_ASIDE = re.compile(r"[\[(][^\])]{2,60}:[^\])]{2,160}[\])]")


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
    supersedes = frozenset({"added-content", "foreign-quotes"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target = segment.target
        clues = target.language.translation_clues
        if clues:
            small = target.value.casefold()
            if not any(map(small.__contains__, clues)):
                return
        reached = 0
        for match in sorted(_matches(target.value, target.lang), key=lambda m: (m.start(), -m.end())):
            if match.start() >= reached and not _is_from_source(match.group(), segment.source):
                reached = match.end()
                yield self.finding(
                    f"“{match.group()}” tells of the translation, not of the matter.", Span(*match.span())
                )


def _is_from_source(note: str, source: Text | None) -> bool:
    """True of an aside that the source has too, or that names a third language: the Canal (Dutch: Grachtengordel)."""
    named = _NAMED.match(note)
    if source is None or named is None:
        return False
    third = named["name"].title() not in ("Note", language_name(source.lang).split(" ")[0])
    return third or bool(_ASIDE.search(source.value))


def _matches(text: str, lang: str | None) -> Iterator[re.Match[str]]:
    for pattern in _patterns(lang):
        yield from pattern.finditer(text)


@lru_cache(maxsize=64)
def _patterns(lang: str | None) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in language(lang).translation_notes)

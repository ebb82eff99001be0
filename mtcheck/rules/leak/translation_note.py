from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import language, language_name
from mtcheck.core.patterns import any_of
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

# (German: Stellwerk), [Note: …]; and what a source may have in its place.
_NAMED = re.compile(r"[\[(](?:in )?(?P<name>[A-Za-z][a-z]{3,}):")
_OPENING = frozenset("([")
_ASIDE = re.compile(r"[\[(][^\])]{2,60}:[^\])]{2,160}[\])]")


@RULES.register
class TranslationNote(SegmentRule):
    """The translation talks about its own language, or about having been translated.

    Anti-pattern: `The NIB (in English called the Nordic Investment Bank)` in an English
    text; `Translator's note: …`; `(lit. the wet week)`.
    Best practice: use the name. Where a text is about English itself, the source says so with the same
    words and the finding can be ignored.
    """

    name = "translation-note"
    code = "LEAK006"
    severity = Severity.MAJOR
    mqm = "accuracy/addition"
    supersedes = frozenset({"added-content", "foreign-quotes"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target, source = segment.target, segment.source
        found: list[re.Match[str]] = []
        if source is not None and not target.chars.isdisjoint(_OPENING):
            found += _explanations(source.value, target)
        clues = target.language.translation_clues
        small = target.value.casefold() if clues else ""
        if not clues or any(map(small.__contains__, clues)):
            found += (note for note in _matches(target.value, target.lang) if not _is_from_source(note.group(), source))
        reached = 0
        for match in sorted(found, key=lambda m: (m.start(), -m.end())):
            if match.start() >= reached:
                reached = match.end()
                yield self.finding(
                    f"“{match.group()}” tells of the translation, not of the matter.", Span(*match.span())
                )


def _explanations(source: str, target: Text) -> Iterable[re.Match[str]]:
    """Brackets that explain a word, where the source has fewer: (lit. house of songs)."""
    more = sum(map(target.value.count, _OPENING)) - sum(map(source.count, _OPENING))
    pattern = _explaining(target.lang) if more > 0 else None
    return pattern.finditer(target.value) if pattern is not None else ()


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
def _explaining(lang: str | None) -> re.Pattern[str] | None:
    begins = any_of(language(lang).explanations)
    return re.compile(rf"[\[(]\s?(?i:{begins})[\s:,][^\])]{{2,160}}[\])]") if begins else None


@lru_cache(maxsize=64)
def _patterns(lang: str | None) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in language(lang).translation_notes)

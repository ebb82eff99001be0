from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import base_language, language
from mtcheck.core.patterns import any_of
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_START = re.compile(r"(?:[.!?:…][\"”’»*_)]*\s|\n)\s*")
_SAID = re.compile(r"[\s*_#>`-]*")
# A label or an exclamation alone may be anybody's; only a source without its like shows that it is the model's.
_SHORT = re.compile(r"[^.,!?]{1,40}[:!?]\**$")
_LABEL = re.compile(r"[^\s.!?:][^.!?:\n]{0,40}:")


@RULES.register
class ModelPreamble(SegmentRule):
    """A language model's words to its user stand before or after the translation.

    Anti-pattern: `Here is the translation:`, `Sure! …`, `As an AI language model, I cannot …`,
    `Let me know if you need anything else.`
    Best practice: the translation alone. What a source about such models says itself is right.
    """

    name = "model-preamble"
    code = "LEAK005"
    severity = Severity.CRITICAL
    mqm = "accuracy/addition"
    supersedes = frozenset(
        {
            "translation-note", "added-content", "length-outlier", "wrong-language", "untranslated-words",
            "interface-text", "end-punctuation", "lowercase-start", "unbalanced-quotes", "spacing", "markup-residue",
        }
    )  # fmt: skip

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source = segment.source
        pattern = _pattern(base_language(segment.target.lang))
        for match in _matches(pattern, segment.target):
            words = match.group().rstrip()
            if source is not None and next(_matches(_pattern(base_language(source.lang)), source), None):
                return
            if _SHORT.fullmatch(words):
                if source is None:
                    continue
                if words[-1] in "!?" and words[-1] in source.value:
                    continue
                rest = segment.target.value[match.end() :].lstrip()
                if words.rstrip("*")[-1:] == ":" and _LABEL.match(source.value) and not _LABEL.match(rest):
                    continue
            yield self.finding(
                f"“{words}” is said to the user, not by the author.", Span(match.start(), match.start() + len(words))
            )


def _matches(pattern: re.Pattern[str], text: Text) -> Iterator[re.Match[str]]:
    """At the starts of sentences and lines: inside a sentence somebody tells of such words."""
    reached = -1
    starts = [0] if text.is_plain else [0, *(match.end() for match in _START.finditer(text.value))]
    for start in starts:
        if start < reached:
            continue
        lead = None if text.value[start : start + 1].isalnum() else _SAID.match(text.value, start)
        match = pattern.match(text.value, lead.end() if lead else start)
        if match is not None:
            reached = match.end()
            yield match


@lru_cache(maxsize=64)
def _pattern(lang: str | None) -> re.Pattern[str]:
    """What models say in a language, and in English, which they fall back to."""
    said = dict.fromkeys([*language(lang).model_preambles, *language("en").model_preambles])
    return re.compile(any_of(said), re.IGNORECASE)

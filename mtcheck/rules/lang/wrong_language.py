from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.identify import best_guess, foreign_words, small_words
from mtcheck.core.languages import base_language, known_languages
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Role, Severity, Span
from mtcheck.core.words import Column
from mtcheck.rules.base import RULES, SegmentRule

_LEAST_WORDS = 6
_LEAST_FOREIGN = 2
_SURE = 0.98
# Sentences inside quotation marks are judged each for itself.
_PIECE = re.compile(r"[^.!?]+[.!?]*")
# What the identifier confuses with one another.
_TWINS = frozenset(("da", "nb", "nn"))


@RULES.register
class WrongLanguage(SegmentRule):
    """A sentence is in a language that is neither the translation's nor the source's.

    Anti-pattern: a French sentence in an English text that was translated from German.
    Best practice: the language asked for. A quotation that the source has in the same words is right. Small
    words raise the suspicion, an identifier confirms it.
    """

    name = "wrong-language"
    code = "LANG003"
    severity = Severity.CRITICAL
    mqm = "accuracy/mistranslation"
    supersedes = frozenset({"ADQ", "NUM", "NAME", "TYPO", "DUP", "untranslated-words", "reordered-content"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target = segment.target
        if base_language(target.lang) is None or segment.role in (Role.CREDIT, Role.BYLINE):
            return
        if not _has_suspects(target):
            return
        text = target.value
        start: Span | None = None
        for piece in (*_PIECE.finditer(text), None):
            if piece is not None and _is_foreign(piece.group(), segment):
                first = piece.end() - len(piece.group().lstrip())
                start = Span(start.start if start else first, piece.end())
            elif start is not None and (piece is None or len(piece.group().split()) >= _LEAST_WORDS):
                yield self.finding("This is in another language than the translation.", start)
                start = None


def _has_suspects(text: Text) -> bool:
    """Small words that only other languages have, or a sentence's length without one of its own."""
    kinds = bytes(text.column(_KIND))
    if kinds.count(_FOREIGN) >= _LEAST_FOREIGN:
        return True
    if _NONE_OWN not in kinds.replace(_AS_FOREIGN, _AS_UNKNOWN):
        return False
    return _OWN not in kinds or len(text.sentences) > 1


_UNKNOWN, _OWN, _FOREIGN = range(3)
_NONE_OWN, _AS_UNKNOWN, _AS_FOREIGN = bytes(_LEAST_WORDS), bytes((_UNKNOWN,)), bytes((_FOREIGN,))


def _kind(lang: str | None) -> Callable[[str], int]:
    """What tells of a word whether it is one of a language's small words, or of other languages alone."""
    own, foreign = small_words(lang), foreign_words(lang)

    def of_word(word: str) -> int:
        word = word.casefold()
        return _OWN if word in own else _FOREIGN if word in foreign else _UNKNOWN

    return of_word


_KIND = Column(_kind)


def _is_foreign(sentence: str, segment: SegmentContext) -> bool:
    lang = segment.target.lang
    words = Text(sentence, lang).folded_words
    if len(words) < _LEAST_WORDS or sum(1 for word in words if not word.isdecimal()) < _LEAST_WORDS:
        return False
    own = [word for word in words if word in small_words(lang)]
    if own:
        found = Counter(language for word in words for language in foreign_words(lang).get(word, ()))
        other, top = next(iter(found.most_common(1)), (None, 0))
        # A word that the other language has too is no evidence against it: am, in.
        if top < _LEAST_FOREIGN or top <= 2 * sum(1 for word in own if word not in small_words(other)):
            return False
    if segment.source is not None:
        kept = set(segment.source.folded_words)
        if sum(1 for word in words if word in kept) > len(words) / 2:
            return False  # a quotation; words of the source's own language are another rule's
    guess = best_guess(sentence, known_languages(), twins=_TWINS)
    if guess is None or guess.confidence < _SURE:
        return False
    ours = base_language(lang)
    theirs = base_language(segment.source.lang) if segment.source is not None else None
    if guess.language in (ours, theirs) or (guess.language in _TWINS and (ours in _TWINS or theirs in _TWINS)):
        return False
    return sum(1 for word in words if word in small_words(guess.language)) >= _LEAST_FOREIGN

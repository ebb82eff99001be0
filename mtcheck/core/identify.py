"""Language identification: for texts whose language nobody stated, and for text in a language that nobody asked for.

Small words (articles, prepositions, pronouns) tell languages apart at the price of a set lookup; the identifier
proper is asked only where they raise a suspicion.

py3langid (BSD-3-Clause; Lui and Baldwin 2012, "langid.py") carries its model in its wheel.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from functools import lru_cache
from typing import Any, NamedTuple

from babel.core import get_global

from mtcheck.core.languages import base_language, known_languages, language

# The identifier's own codes for what BCP 47 users write otherwise.
_CANONICAL = {"no": "nb"}
_SAMPLE_CHARS = 20_000


class Identified(NamedTuple):
    """A base language and the identifier's confidence in it, 0 to 1."""

    language: str
    confidence: float


@lru_cache(maxsize=1)
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache(maxsize=64)
def _identifier(languages: tuple[str, ...] | None) -> Any:
    # Its tables are large, and the same whichever languages it is to choose from.
    identifier = copy(_model())
    if languages:
        identifier.set_languages(languages)
    return identifier


def identify(texts: Iterable[str]) -> Identified | None:
    """The language of texts taken together (their first 20,000 characters); None if they have no letters."""
    sample: list[str] = []
    size = 0
    for text in texts:
        sample.append(text)
        size += len(text)
        if size >= _SAMPLE_CHARS:
            break
    joined = "\n".join(sample)
    if not any(char.isalpha() for char in joined):
        return None
    code, confidence = _identifier(None).classify(joined)
    return Identified(_CANONICAL.get(code, code), float(confidence))


def looks_like(text: str, candidate: str, rival: str) -> float:
    """Probability, 0 to 1, that `text` is in `candidate` rather than in `rival`; 0.5 where it cannot say."""
    pair = tuple(sorted({_model_code(candidate), _model_code(rival)}))
    known = _identifier(None).labels
    if len(pair) < 2 or any(code not in known for code in pair):
        return 0.5
    for code, probability in _identifier(pair).rank(text):
        if code == _model_code(candidate):
            return float(probability)
    return 0.5


@lru_cache(maxsize=64)
def small_words(tag: str | None) -> frozenset[str]:
    """The function words of a tag's language."""
    return frozenset(language(tag).function_words)


@lru_cache(maxsize=64)
def foreign_words(tag: str | None) -> Mapping[str, tuple[str, ...]]:
    """Function words that only other languages have, with those languages."""
    own = language(tag)
    native = {*own.function_words, *own.lookalikes}
    found: dict[str, list[str]] = {}
    for code in known_languages():
        if code != own.code:
            for word in language(code).function_words:
                if len(word) > 1 and word not in native:
                    found.setdefault(word, []).append(code)
    return {word: tuple(codes) for word, codes in found.items()}


def best_guess(text: str, languages: Iterable[str], twins: Collection[str] = ()) -> Identified | None:
    """The likeliest of some languages; None where the identifier knows fewer than two of them.

    Of `twins`, which it confuses with one another, the confidence is that the text is in one of them.
    """
    known = _identifier(None).labels
    codes = tuple(sorted({code for code in map(_model_code, languages) if code in known}))
    if len(codes) < 2:
        return None
    ranked = [(_CANONICAL.get(code, code), float(chance)) for code, chance in _identifier(codes).rank(text)]
    best, confidence = ranked[0]
    return Identified(best, sum(chance for code, chance in ranked if code in twins) if best in twins else confidence)


@lru_cache(maxsize=256)
def script(tag: str | None) -> str | None:
    """The script that a language is written in by CLDR's likely subtags (`Latn`, `Cyrl`, …)."""
    base = base_language(tag)
    likely = get_global("likely_subtags").get(base or "")
    for part in (tag or "").replace("_", "-").split("-")[1:2]:
        if len(part) == 4 and part.isalpha():
            return part.title()
    return likely.split("_")[1] if likely else None


def _model_code(tag: str) -> str:
    base = base_language(tag) or ""
    return "no" if base == "nb" else base

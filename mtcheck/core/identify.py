"""Language identification, for texts whose language nobody stated.

py3langid (BSD-3-Clause; Lui and Baldwin 2012, "langid.py") carries its model in its wheel.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from mtcheck.core.languages import base_language

# The identifier's own codes for what BCP 47 users write otherwise.
_CANONICAL = {"no": "nb"}
_SAMPLE_CHARS = 20_000


class Identified(NamedTuple):
    """A base language and the identifier's confidence in it, 0 to 1."""

    language: str
    confidence: float


@lru_cache(maxsize=8)
def _identifier(languages: tuple[str, ...] | None) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
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


def _model_code(tag: str) -> str:
    base = base_language(tag) or ""
    return "no" if base == "nb" else base

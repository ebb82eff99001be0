"""Pairs longer than a model's limit, cut in two where both texts can be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from mtcheck.core.languages import base_language
from mtcheck.core.text import split_sentences
from mtcheck.core.types import Pair

# Languages whose sentences are joined without a space.
_UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "km", "my"})


def halves(pair: Pair, *, source_fits: bool) -> tuple[Pair, Pair]:
    """Both texts cut near their middle: at the same sentence if they have as many, else at any.

    A source of one sentence that is within the limit stays whole, for both halves of the target.
    """
    source, target = pair.source, pair.target
    cuts = _sentence_starts(source, pair.source_lang), _sentence_starts(target, pair.target_lang)
    if cuts[0] and len(cuts[0]) == len(cuts[1]):
        number = cuts[1].index(_nearest_middle(target, cuts[1]))
        at, to = cuts[0][number], cuts[1][number]
    else:
        at, to = _nearest_middle(source, cuts[0]), _nearest_middle(target, cuts[1])
        if source_fits and not cuts[0]:
            return pair._replace(target=target[:to]), pair._replace(target=target[to:])
    return pair._replace(source=source[:at], target=target[:to]), pair._replace(source=source[at:], target=target[to:])


def pieces(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The text in as few parts as fit, cut in halves at sentences, else at white space; one character always fits."""
    if len(text) < 2 or fits(text):
        return [text]
    left, right = halves(Pair(text, "", "", ""), source_fits=False)
    return pieces(left.source, fits) + pieces(right.source, fits)


def joined(parts: Sequence[str], lang: str) -> str:
    """Translations of the parts of a text, one after the other as the language writes them."""
    return ("" if base_language(lang) in _UNSPACED else " ").join(parts).strip()


def _sentence_starts(text: str, lang: str) -> list[int]:
    return [span.start for span in split_sentences(text, lang)[1:]]


def _nearest_middle(text: str, cuts: Sequence[int]) -> int:
    """The cut nearest the middle; where there is none, the end of a white space, or the middle itself."""
    spaces = [match.end() for match in re.finditer(r"(?<=\S)\s+(?=\S)", text)]
    return min(cuts or spaces or [len(text) // 2], key=lambda cut: abs(2 * cut - len(text)))

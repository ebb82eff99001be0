"""Pairs longer than a model's limit, cut in two where both texts can be; and where tokens stand in the whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from mtcheck.core.languages import base_language
from mtcheck.core.text import split_sentences
from mtcheck.core.types import Pair, Span

# Languages whose sentences are joined without a space.
_UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "km", "my"})


def halves(pair: Pair, *, source_fits: bool) -> tuple[Pair, Pair]:
    """All texts cut near their middle: at the same sentence if they have as many, else at any.

    A source of one sentence that is within the limit stays whole, for both halves of the target.
    """
    starts = _sentence_starts(pair.target, pair.target_lang)
    to = _nearest_middle(pair.target, starts)

    def cut(text: str, lang: str) -> int:
        own = _sentence_starts(text, lang)
        return own[starts.index(to)] if to in starts and len(own) == len(starts) else _nearest_middle(text, own)

    stays = source_fits and not _sentence_starts(pair.source, pair.source_lang)
    at = 0 if stays else cut(pair.source, pair.source_lang)
    ends = [cut(text, pair.target_lang) for text in pair.references]
    left = pair._replace(
        source=pair.source if stays else pair.source[:at],
        target=pair.target[:to],
        references=tuple(text[:end] for text, end in zip(pair.references, ends, strict=True)),
    )
    right = pair._replace(
        source=pair.source[at:],
        target=pair.target[to:],
        references=tuple(text[end:] for text, end in zip(pair.references, ends, strict=True)),
    )
    return left, right


def pieces(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The text in as few parts as fit, cut in halves at sentences, else at white space; one character always fits."""
    if len(text) < 2 or fits(text):
        return [text]
    left, right = halves(Pair(text, "", "", ""), source_fits=False)
    return pieces(left.source, fits) + pieces(right.source, fits)


def joined(parts: Sequence[str], lang: str) -> str:
    """Translations of the parts of a text, one after the other as the language writes them."""
    return ("" if base_language(lang) in _UNSPACED else " ").join(parts).strip()


def trimmed(text: str, start: int, end: int) -> Span:
    """A token's span without the white space that many tokenizers count with the word after it."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return Span(start, start + len(piece.strip()))


def shifted(spans: Sequence[Span], offset: int) -> tuple[Span, ...]:
    """The spans of a part in the whole, where it begins at `offset`."""
    return tuple(Span(start + offset, end + offset) for start, end in spans)


def _sentence_starts(text: str, lang: str) -> list[int]:
    return [span.start for span in split_sentences(text, lang)[1:]]


def _nearest_middle(text: str, cuts: Sequence[int]) -> int:
    """The cut nearest the middle; where there is none, the end of a white space, or the middle itself."""
    spaces = [match.end() for match in re.finditer(r"(?<=\S)\s+(?=\S)", text)]
    return min(cuts or spaces or [len(text) // 2], key=lambda cut: abs(2 * cut - len(text)))

"""Texts as the pieces that `mini` reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from sentencepiece import SentencePieceProcessor

from mtcheck.core.types import Span


class Tokenizer:
    """SentencePiece with a begin and an end mark around each text."""

    def __init__(self, file: Path) -> None:
        self._model = SentencePieceProcessor(model_file=str(file))
        self.begin: int = self._model.bos_id()
        self.end: int = self._model.eos_id()

    def encode(self, text: str) -> list[int]:
        """Piece ids of `text`, marks included."""
        ids: list[int] = self._model.encode(_encodable(text), add_bos=True, add_eos=True)
        return ids

    def encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        """Piece ids of each text, marks included."""
        clean = [_encodable(text) for text in texts]
        ids: list[list[int]] = self._model.encode(clean, add_bos=True, add_eos=True)
        return ids

    def probabilities(self) -> list[float]:
        """Of each piece in the vocabulary's unigram model; 0 for marks and the unknown."""
        sizes = range(self._model.vocab_size())
        return [0.0 if piece <= self.end else math.exp(self._model.get_score(piece)) for piece in sizes]

    def spans(self, text: str) -> list[Span]:
        """Where each piece of `text` stands in it, without the space before it; marks and mere spaces are empty."""
        clean = _encodable(text)
        found = self._model.encode_as_offset_mapping(clean)["offsets"]
        inner = [Span(end - len(clean[start:end].lstrip()), end) for start, end in found]
        return [Span(0, 0), *inner, Span(len(text), len(text))]


def _encodable(text: str) -> str:
    """The tokenizer takes no lone surrogates, which JSON can carry; offsets stay."""
    return text.encode("utf-8", "replace").decode("utf-8")

"""Equal pairs asked about once, so many at a time; token sequences in batches of like length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from mtcheck.core.types import Pair, Score
from mtcheck.references.base import Progress

if TYPE_CHECKING:
    import torch

_P = TypeVar("_P")

# Pairs tokenised and sorted by length at a time: what is held does not grow with the corpus.
_WINDOW = 4096


def once(
    pairs: Sequence[Pair], judge: Callable[[Sequence[Pair]], Mapping[Pair, Score]], progress: Progress | None
) -> list[Score]:
    """The score of each pair, in order, where `judge` scores pairs that differ."""
    counts = Counter(pairs)
    unique = list(counts)
    scores: dict[Pair, Score] = {}
    for first in range(0, len(unique), _WINDOW):
        window = unique[first : first + _WINDOW]
        scores.update(judge(window))
        if progress:
            progress(sum(counts[pair] for pair in window))
    return [scores[pair] for pair in pairs]


def batches(parts: Iterable[_P], key: Callable[[_P], Any], tokens: int) -> Iterator[list[_P]]:
    """Parts of like length together, the longest first, of at most so many padded tokens, but of one part at least.

    `key` gives a tuple that begins with a part's length in tokens; the rest settles which of equal ones comes first.
    """
    batch: list[_P] = []
    longest = 0
    for part in sorted(parts, key=key, reverse=True):
        if batch and longest * (len(batch) + 1) > tokens:
            yield batch
            batch = []
        longest = longest if batch else key(part)[0]
        batch.append(part)
    if batch:
        yield batch


def padded(
    sequences: Sequence[Sequence[int]],
    pad: int | None,
    device: torch.device,
    *,
    left: bool = False,
    width: int | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids, padded at the end or on the left, and where they are no padding: both (sequences, `width` or longest)."""
    import torch

    longest = width or max(map(len, sequences))
    fills = [[pad or 0] * (longest - len(some)) for some in sequences]
    ids = [[*fill, *some] if left else [*some, *fill] for some, fill in zip(sequences, fills, strict=True)]
    lengths = torch.tensor([[len(some)] for some in sequences])
    places = torch.arange(longest)
    mask = places >= longest - lengths if left else places < lengths
    return torch.tensor(ids).to(device), mask.to(device)

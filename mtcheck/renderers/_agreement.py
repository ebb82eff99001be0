"""What several reference models say beside each other, in a line for each language pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtcheck.core.results import ModelAgreement


def agreement_lines(agreement: Sequence[ModelAgreement], limit: int) -> Iterator[str]:
    """How far the models agree, and where they differ most; of at most `limit` language pairs."""
    yield from map(_line, agreement[:limit])
    if len(agreement) > limit:
        yield f"… and {len(agreement) - limit:,} more (summary.json)"


def _line(row: ModelAgreement) -> str:
    found = []
    for each in row.correlations:
        value = "undefined" if each.spearman is None else f"{each.spearman:.2f}"
        interval = f" (95 %: {each.interval[0]:.2f} to {each.interval[1]:.2f})" if each.interval else ""
        found.append(f"{' and '.join(each.scores)} {value}{interval}")
    said = (
        f"{row.source_lang or '–'}→{row.target_lang or '?'}: rank correlation of {', '.join(found)} "
        f"over {row.segments:,} segment{'s' if row.segments > 1 else ''}; far apart in {row.far_apart:,}"
    )
    if not row.differ_most:
        return said
    first = row.differ_most[0]
    system = f" [{first.system}]" if first.system else ""
    ranks = ", ".join(f"{name} {rank:.0f}" for name, rank in first.percentiles.items())
    return f"{said}, most in {first.id}{system} (ranks of 100: {ranks})"

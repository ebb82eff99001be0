from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.text import QUOTES
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, Rule

_QUOTE = re.compile(f"[{QUOTES}]")
_BEFORE_OPENING = set("([{-–—―/¿¡…'‘’,.:;«»„“”\"")


_AFTER_OPENING = set("‘’'([{¿¡…-–—$€£#@<„“”\"«»")


class _Mark(NamedTuple):
    """A double quotation mark with what it can do where it stands."""

    position: int
    opens: bool
    closes: bool


@RULES.register
class UnbalancedQuotes(Rule):
    """A double quotation mark has no partner.

    Anti-pattern: `“We are ready, says the mayor.`
    Best practice: marks in pairs. In a quotation over several paragraphs each opens with a mark and
    only the last closes, which is right; so are inches (`a 24" screen`) and, in a loose pair, marks
    that the source leaves open too. Single marks are not counted: they cannot be told from apostrophes.
    """

    name = "unbalanced-quotes"
    code = "TYPO002"
    severity = Severity.MINOR
    mqm = "fluency/typography"

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        open_since: int | None = None
        for position, segment in enumerate(article.segments):
            if open_since is None and segment.target.chars.isdisjoint(QUOTES):
                continue
            unmatched = _unmatched(segment.target.value)
            starts_open = _starts_with_mark(segment.target.value)
            if open_since is not None and not starts_open:
                # The quotation went on without its mark: its end may close here.
                if len(unmatched) == 1 and unmatched[0].closes:
                    open_since = None
                    continue
                open_since = None
            if not unmatched:
                if open_since is not None and starts_open:
                    open_since = None
                continue
            if segment.alone and segment.source is not None and _same_in_source(segment, unmatched):
                continue
            if self._goes_on(article.segments, position, unmatched):
                open_since = position
                continue
            for mark in unmatched:
                side = "closed" if mark.opens else "opened"
                yield (
                    position,
                    self.finding(f"The quotation is never {side}.", Span(mark.position, mark.position + 1)),
                )

    @staticmethod
    def _goes_on(segments: Sequence[SegmentContext], position: int, unmatched: Sequence[_Mark]) -> bool:
        """A mark that opens a sentence is left alone, and the next paragraph opens with a mark as well."""
        if len(unmatched) != 1 or not unmatched[0].opens or position + 1 >= len(segments):
            return False
        text = segments[position].target.value
        quoted = text[unmatched[0].position + 1 :].lstrip("‘’'([… ")
        if text[: unmatched[0].position].strip() and not quoted[:1].isupper():
            return False
        return _starts_with_mark(segments[position + 1].target.value)


def _starts_with_mark(text: str) -> bool:
    return text.lstrip()[:1] in set(QUOTES)


def _marks(text: str) -> Iterator[_Mark]:
    for match in _QUOTE.finditer(text):
        position, char = match.start(), match.group()
        before = text[position - 1] if position else " "
        after = text[position + 1] if position + 1 < len(text) else " "
        if char == '"' and before.isdigit() and not after.isalnum() and text.count('"') % 2:
            continue  # inches
        opens = (before.isspace() or before in _BEFORE_OPENING) and (after.isalnum() or after in _AFTER_OPENING)
        closes = not before.isspace() and (after.isspace() or not after.isalnum())
        if char == "„":
            opens, closes = True, False
        # French parts its marks from the words with spaces; the form decides there.
        if char == "«" and after.isspace() and before not in ",.!?…":  # »Ja,« sagt sie
            opens, closes = True, False
        if char == "»" and before.isspace() and not after.isalnum():
            opens, closes = False, True
        if not opens and not closes:
            opens = closes = True
        yield _Mark(position, opens, closes)


def _unmatched(text: str) -> list[_Mark]:
    """Marks without a partner, nesting allowed."""
    stack: list[_Mark] = []
    lost: list[_Mark] = []
    for mark in _marks(text):
        if mark.closes and stack and not (mark.opens and text[mark.position] in "“„«"):
            stack.pop()
        elif mark.opens:
            stack.append(mark)
        else:
            lost.append(mark)
    return sorted([*lost, *stack])


def _same_in_source(segment: SegmentContext, unmatched: Sequence[_Mark]) -> bool:
    assert segment.source is not None
    return len(_unmatched(segment.source.value)) == len(unmatched)

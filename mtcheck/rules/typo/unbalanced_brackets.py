from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_PAIRS = {")": "(", "]": "[", "}": "{", "）": "（", "】": "【"}
_ALL = frozenset([*_PAIRS, *_PAIRS.values()])
_BRACKET = re.compile(rf"[{re.escape(''.join(sorted(_ALL)))}]")
# a) 1) iv) A.1) as marks of a list; emoticons.
_LIST_MARK = re.compile(r"(?:^|(?<=[\s(;,]))(?:\d{1,3}[a-z]?|[A-Za-z]|[ivxIVX]{1,5})\)")
_EMOTICON = re.compile(r"(?:(?<=\s)|^)[:;=8xX]['’]?[-o^]?[()\[\]]+")
_OTHER_END = re.compile(r"[\[(]\d+(?:[.,]\d+)?\s?[,;]\s?\d+(?:[.,]\d+)?[\])]")


@RULES.register
class UnbalancedBrackets(SegmentRule):
    """A bracket has no partner.

    Anti-pattern: `The agency (FOI says so.`
    Best practice: brackets in pairs. List marks such as `a)` are right, and in a loose pair what the
    source leaves open too.
    """

    name = "unbalanced-brackets"
    code = "TYPO003"
    severity = Severity.MINOR
    mqm = "fluency/typography"
    marks = _ALL

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        unmatched = _unmatched(segment.target.value)
        if segment.alone and segment.source is not None and unmatched:
            left = sorted(char for _, char in _unmatched(segment.source.value))
            if left == sorted(char for _, char in unmatched):
                return
        for position, char in unmatched:
            side = "opened" if char in _PAIRS else "closed"
            yield self.finding(f"The bracket is never {side}.", Span(position, position + 1))


def _unmatched(text: str) -> list[tuple[int, str]]:
    """Position and character of brackets without a partner."""
    stack: list[tuple[int, str]] = []
    lost: list[tuple[int, str]] = []
    skip = {i for pattern in (_EMOTICON, _OTHER_END) for match in pattern.finditer(text) for i in range(*match.span())}
    for match in _BRACKET.finditer(text):
        position, char = match.start(), match.group()
        if position in skip:
            continue
        if char not in _PAIRS:
            stack.append((position, char))
        elif stack and stack[-1][1] == _PAIRS[char]:
            stack.pop()
        else:
            lost.append((position, char))
    if lost:
        free = {match.end() - 1 for match in _LIST_MARK.finditer(text)}
        lost = [bracket for bracket in lost if bracket[0] not in free]
    return sorted(lost + stack)

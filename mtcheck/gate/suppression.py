"""Accepted findings: left out of a run by the configuration, by remarks in the input, or by a baseline.

What is accepted is counted by rule and reason. A suppression that accepted nothing is reported with the place
where it stands, for it may hide the next fault; only the first of these are kept one by one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from mtcheck.core.config import Config, Suppression
from mtcheck.core.results import SuppressedFindings, UnusedSuppression
from mtcheck.core.types import Article, Finding, Marker, Segment
from mtcheck.gate.baseline import Baseline
from mtcheck.gate.words import called, rule_words
from mtcheck.rules.base import Rule

MARKED = "marked in the input"
CONFIGURED = "configuration"
_UNUSED_KEPT = 100


class Filtered(NamedTuple):
    """For each segment of an article, the findings that count, and those that the baseline has."""

    kept: list[tuple[Finding, ...]]
    known: list[tuple[Finding, ...]]


class Suppressor:
    """Takes the accepted findings out of each article's, and remembers what was used.

    Args:
        config: its `suppress`.
        rules: those of the run; a suppression of other rules is not called unused.
        baseline: the findings that were there before.

    Raises:
        MtcheckError: UNKNOWN_NAME with the place of a rule name that no rule has.
    """

    def __init__(self, config: Config, rules: Sequence[Rule], baseline: Baseline | None = None) -> None:
        self._running = frozenset(rule.name for rule in rules)
        self._names = rule_words()
        self._configured = [_Configured(entry, self._names) for entry in config.suppress]
        self._baseline = baseline
        self._counts: Counter[tuple[str, str]] = Counter()
        self._unused: list[UnusedSuppression] = []
        self._unused_more = 0

    def filter(self, article: Article, found: Sequence[Sequence[Finding]]) -> Filtered:
        """The findings of each segment that nothing accepts, and those that the baseline has.

        Raises UNKNOWN_NAME for a name in a remark.
        """
        markers = dict.fromkeys(marker for segment in article.segments for marker in segment.suppress)
        used: set[tuple[Marker, str]] = set()
        filtered = Filtered([], [])
        for segment, findings in zip(article.segments, found, strict=True):
            rest, known = [], []
            for finding in findings:
                reason = self._reason(segment, finding, used)
                if reason is None:
                    rest.append(finding)
                else:
                    self._counts[finding.rule, reason] += 1
                    if self._baseline and reason == self._baseline.reason:
                        known.append(finding)
            filtered.kept.append(tuple(rest))
            filtered.known.append(tuple(known))
        for marker in markers:
            for word in dict.fromkeys(marker.rules):
                if self._called(word, marker.where) & self._running and (marker, word) not in used:
                    self._note_unused(UnusedSuppression(marker.where, word))
        if self._baseline:
            self._baseline.saw(article)
        return filtered

    def accepts(self, segment: Segment, finding: Finding) -> bool:
        """True if a finding of this kind is accepted here, without counting it."""
        return (
            any(finding.rule in self._called(word, "") for marker in segment.suppress for word in marker.rules)
            or any(entry.accepts(segment, finding) for entry in self._configured)
            or (self._baseline is not None and self._baseline.knows(segment, finding))
        )

    def suppressed(self) -> tuple[SuppressedFindings, ...]:
        """How many findings were accepted, by rule and reason."""
        return tuple(SuppressedFindings(*key, count) for key, count in sorted(self._counts.items()))

    def unused(self) -> tuple[UnusedSuppression, ...]:
        """The suppressions that accepted nothing: of the configuration, of a baseline, of the input."""
        configured = [
            UnusedSuppression(entry.where, word)
            for entry in self._configured
            for word in entry.unused
            if entry.names[word] & self._running
        ]
        accepted = self._baseline.unused(self._running) if self._baseline else []
        more = [UnusedSuppression("further places", "", self._unused_more)] if self._unused_more else []
        return (*configured, *accepted, *self._unused, *more)

    def _reason(self, segment: Segment, finding: Finding, used: set[tuple[Marker, str]]) -> str | None:
        """Why the finding is accepted. Every remark that accepts it counts as used, so that none is called unused."""
        marked = [
            (marker, word)
            for marker in segment.suppress
            for word in marker.rules
            if finding.rule in self._called(word, marker.where)
        ]
        used.update(marked)
        reasons = [entry.reason for entry in self._configured if entry.take(segment, finding)]
        if marked:
            return MARKED
        if reasons:
            return reasons[0]
        return self._baseline.reason if self._baseline and self._baseline.take(segment, finding) else None

    def _called(self, word: str, where: str) -> frozenset[str]:
        return called(word, where, self._names)

    def _note_unused(self, unused: UnusedSuppression) -> None:
        if len(self._unused) < _UNUSED_KEPT:
            self._unused.append(unused)
        else:
            self._unused_more += 1


class _Configured:
    """One `[[suppress]]` table."""

    def __init__(self, entry: Suppression, names: Mapping[str, frozenset[str]]) -> None:
        self.where = entry.where
        self.reason = entry.reason or CONFIGURED
        self.names = {word: called(word, self.where, names) for word in entry.rules}
        self.unused = dict.fromkeys(entry.rules)
        # A path may be given from any folder on.
        self._path = None if entry.path is None else _pattern(entry.path.removeprefix("./"), "(?:.*/)?")
        self._article = None if entry.article is None else _pattern(entry.article, "")

    def accepts(self, segment: Segment, finding: Finding) -> bool:
        return (
            any(finding.rule in names for names in self.names.values())
            and (self._path is None or self._path.fullmatch(segment.origin.file.replace("\\", "/")) is not None)
            and (self._article is None or self._article.fullmatch(segment.article) is not None)
        )

    def take(self, segment: Segment, finding: Finding) -> bool:
        if not self.accepts(segment, finding):
            return False
        for word, names in self.names.items():
            if finding.rule in names:
                self.unused.pop(word, None)
        return True


_WILD = re.compile(r"\*\*/|\*\*|\*|\?")
_MEANS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _pattern(glob: str, lead: str) -> re.Pattern[str]:
    """`*` and `?` stand for characters of one name, `**` for any folders too."""
    literal = _WILD.split(glob)
    wild: Iterable[str] = (_MEANS[mark] for mark in _WILD.findall(glob))
    body = re.escape(literal[0]) + "".join(mark + re.escape(text) for mark, text in zip(wild, literal[1:], strict=True))
    return re.compile(lead + body, re.DOTALL)

"""`segments.jsonl`: one segment a line, written as articles are judged."""

from __future__ import annotations

from collections.abc import Sequence

from mtcheck.core.results import ArticleResult, RuleCard, Summary
from mtcheck.core.schemas import to_json
from mtcheck.renderers.base import RENDERERS, Renderer


@RENDERERS.register
class JsonLinesSegments(Renderer):
    """Every segment with its scores and findings."""

    name = "jsonl"
    filename = "segments.jsonl"
    about = "every segment with its scores and findings, one JSON object a line"

    def start(self, rules: Sequence[RuleCard]) -> None:  # noqa: ARG002 (they are not written)
        self._file = self.open()

    def article(self, result: ArticleResult) -> None:
        with self.writing():
            for segment in result.segments:
                self._file.write(to_json(segment) + "\n")

    def finish(self, summary: Summary) -> None:  # noqa: ARG002 (the lines are written already)
        with self.writing():
            self._file.close()

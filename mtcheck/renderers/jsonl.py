"""`segments.jsonl`: one segment a line, written as articles are judged."""

from __future__ import annotations

from pathlib import Path

from mtcheck.core.results import ArticleResult, Summary
from mtcheck.core.schemas import to_json
from mtcheck.renderers.base import RENDERERS, Renderer, cannot_write


@RENDERERS.register
class JsonLinesSegments(Renderer):
    """Every segment with its scores and findings."""

    name = "jsonl"
    filename = "segments.jsonl"
    about = "every segment with its scores and findings, one JSON object a line"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        try:
            self._file = self.path.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def article(self, result: ArticleResult) -> None:
        try:
            for segment in result.segments:
                self._file.write(to_json(segment) + "\n")
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def finish(self, summary: Summary) -> None:  # noqa: ARG002 (the lines are written already)
        try:
            self._file.close()
        except OSError as error:
            raise cannot_write(self.path, error) from None

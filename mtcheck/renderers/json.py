"""`summary.json`: the whole run as one object."""

from __future__ import annotations

from mtcheck.core.results import ArticleResult, Summary
from mtcheck.core.schemas import to_json
from mtcheck.renderers.base import RENDERERS, Renderer


@RENDERERS.register
class JsonSummary(Renderer):
    """Verdict, reasons, counts, corpus scores, articles, manifest."""

    name = "json"
    filename = "summary.json"
    about = "the run as one JSON object"

    def article(self, result: ArticleResult) -> None:
        """Nothing: the summary has what it needs."""

    def finish(self, summary: Summary) -> None:
        self.write(to_json(summary, indent=2) + "\n")

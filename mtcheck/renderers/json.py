"""`summary.json`: the whole run as one object."""

from __future__ import annotations

from dataclasses import replace

from mtcheck.core.results import ArticleResult, Summary
from mtcheck.core.schemas import to_json
from mtcheck.renderers.base import RENDERERS, Renderer

_NONE = '\n  "articles": []'


@RENDERERS.register
class JsonSummary(Renderer):
    """Verdict, reasons, counts, corpus scores, articles, manifest."""

    name = "json"
    filename = "summary.json"
    about = "the run as one JSON object"

    def article(self, result: ArticleResult) -> None:
        """Nothing: the summary has what it needs."""

    def finish(self, summary: Summary) -> None:
        """Write the file, an article at a time: there may be as many as do not fit into memory. Raises CANNOT_WRITE."""
        head, empty, tail = to_json(replace(summary, articles=()), indent=2).partition(_NONE)
        with self.writing(), self.open() as file:
            file.write(head + empty[:-1])
            comma = ""
            for article in summary.articles:
                # A text's own line ends are escaped.
                text = to_json(article, indent=2).replace("\n", "\n    ")
                file.write(f"{comma}\n    {text}")
                comma = ","
            file.write(("\n  ]" if comma else "]") + tail + "\n")

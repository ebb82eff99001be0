"""The cases of a rule: the YAML file beside it, which is both its test and its documentation.

- name: what the case shows
  source_lang: sv            # optional
  target_lang: en
  source: …                  # optional
  target: "– – We are ready"
  expect: ["– –"]            # flagged texts in the target; none means that nothing is flagged
  fix: "–"                   # optional: the fix of the first finding
- name: a case with an article
  segments: [{role: headline, target: …}, …]
  expect: [{index: 1, text: …}]
- name: a case with a glossary and a reference model's score
  glossary: [{source: riksdagen, targets: [the Riksdag]}]
  scores: {mini: 12.5}       # of every segment
- name: a case with what a reference model marks
  errors: {lowers: major}    # texts in the target, and how grave
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, field_validator

from mtcheck.core.context import ArticleContext
from mtcheck.core.glossary import Glossary, Term
from mtcheck.core.types import Article, ErrorSpan, Role, Score, Segment, Severity


class Expected(BaseModel):
    """A finding that must be there: the flagged text, and the segment's index."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    index: int = 0


class Case(BaseModel):
    """One case; without `expect` nothing may be flagged."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    source_lang: str | None = None
    target_lang: str | None = "en"
    source: str | None = None
    target: str | None = None
    parts: list[dict[str, Any]] = []
    expect: list[Expected] = []
    fix: str | None = None
    glossary: list[Term] = []
    scores: dict[str, float] = {}
    errors: dict[str, Severity] | None = None

    @field_validator("expect", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        return [{"text": item} if isinstance(item, str) else item for item in value]

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The case's segments."""
        parts = self.parts or [{"source": self.source, "target": self.target}]
        return tuple(
            Segment(
                id=f"case:{index}",
                article="case",
                index=index,
                target=part["target"],
                source=part.get("source"),
                role=Role(part.get("role", "body")),
                source_lang=self.source_lang,
                target_lang=self.target_lang,
            )
            for index, part in enumerate(parts)
        )

    @property
    def context(self) -> ArticleContext:
        """The case as rules see it."""
        scores = {name: Score(value, True, "case") for name, value in self.scores.items()}
        return ArticleContext(
            self.article, [scores | self._marked(segment) for segment in self.segments], Glossary(self.glossary)
        )

    def _marked(self, segment: Segment) -> dict[str, Score]:
        """The score of a model that marks the errors."""
        if self.errors is None:
            return {}
        places = ((segment.target.find(text), text, severity) for text, severity in self.errors.items())
        errors = tuple(ErrorSpan(at, at + len(text), severity, 0.9) for at, text, severity in places if at >= 0)
        return {"comet": Score(0.5, True, "case", errors=errors)}

    @property
    def article(self) -> Article:
        """The case as an article."""
        return Article("case", self.segments)


def load_cases(rule: type) -> list[Case]:
    """The cases of a rule class; none if it has no file."""
    package, _, module = rule.__module__.rpartition(".")
    file = files(package) / f"{module}.yaml"
    if not file.is_file():
        return []
    return [Case.model_validate(case) for case in yaml.safe_load(file.read_text(encoding="utf-8"))]

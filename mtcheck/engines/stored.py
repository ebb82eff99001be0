"""A former run, read again from its directory: what was scored and found, so that nothing need be scored anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.members import json_members
from mtcheck.core.results import ArticleSummary, InputFile, SegmentResult, Summary, SuppressedFindings
from mtcheck.core.spool import Spool
from mtcheck.core.types import Article, Segment
from mtcheck.engines.checkpoint import Checkpoint
from mtcheck.engines.scoring import PSEUDO, Examined, Scored, metric_name, metric_of
from mtcheck.gate.baseline import baseline_reason

SUMMARY = "summary.json"
SEGMENTS = "segments.jsonl"


class StoredRun:
    """A run's directory with `summary.json` and `segments.jsonl`. Raises FILE_NOT_FOUND, BAD_RUN."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.files: list[InputFile] = []
        if Checkpoint.is_in(directory):
            raise MtcheckError(
                Code.BAD_RUN,
                "the run did not end",
                where=str(directory),
                mend="Go on with it: the same call of mtcheck check, with --resume",
            )
        try:
            self.summary = _read_summary(directory / SUMMARY)
        except OSError as error:
            raise _unreadable(directory / SUMMARY, error) from None
        for name in (SUMMARY, SEGMENTS):
            file = directory / name
            try:
                with file.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                    self.files.append(InputFile(str(file), digest, file.stat().st_size))
            except OSError as error:
                raise _unreadable(file, error) from None

    @staticmethod
    def is_one(path: Path) -> bool:
        """True for a directory that a run was written to."""
        return (path / SEGMENTS).is_file() or (path / SUMMARY).is_file()

    def suppressed(self) -> list[SuppressedFindings]:
        """Findings that were accepted and are not in the articles: all but those that the run's own baseline had."""
        own = self.summary.baseline and baseline_reason(self.summary.baseline.baseline)
        return [row for row in self.summary.suppressed if row.reason != own]

    def articles(self) -> Iterator[Examined]:
        """The articles in their order, with the statistics of their scores counted anew from the texts.

        Their findings are those that count, and those that a baseline had before.
        """
        notes = iter(self.summary.articles)
        for named, members in groupby(self.segments(), key=lambda segment: (segment.article, segment.system)):
            results = list(members)
            known = next((article for article in notes if (article.id, article.system) == named), None)
            yield Examined(
                Article(results[0].article, tuple(map(_segment, results)), known.notes if known else ()),
                [_scored(result) for result in results],
                [result.findings + result.known for result in results],
            )

    def segments(self) -> Iterator[SegmentResult]:
        """The segments in their order. Raises BAD_RUN."""
        adapter = TypeAdapter(SegmentResult)
        file = self.directory / SEGMENTS
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield adapter.validate_json(line)
                except ValidationError as error:
                    raise _bad(f"{file}:{number}", _said(error)) from None


def _read_summary(file: Path) -> Summary:
    """The summary, whose articles go one by one from the file to a spool. Raises OSError, BAD_RUN."""
    articles: Spool[ArticleSummary] = Spool()
    adapter = TypeAdapter(ArticleSummary)

    def add(text: str) -> None:
        try:
            articles.append(adapter.validate_json(text))
        except ValidationError as error:
            raise _bad(file, _said(error, "articles", len(articles))) from None

    try:
        with file.open(encoding="utf-8") as stream:
            rest = ",".join(f"{json.dumps(key)}:{value}" for key, value in json_members(stream, "articles", add))
        return replace(TypeAdapter(Summary).validate_json(f"{{{rest}}}"), articles=articles)
    except ValidationError as error:
        raise _bad(file, _said(error)) from None
    except ValueError as error:
        raise _bad(file, str(error)) from None


def _segment(result: SegmentResult) -> Segment:
    return Segment(
        id=result.id,
        article=result.article,
        index=result.index,
        target=result.target,
        source=result.source,
        references=result.references,
        role=result.role,
        system=result.system,
        source_lang=result.source_lang,
        target_lang=result.target_lang,
        origin=result.origin,
        unit=result.unit,
        placement=result.placement,
        desk=result.desk,
        date=result.date,
    )


def _scored(result: SegmentResult) -> Scored:
    scored = Scored(dict(result.scores), {}, result.pseudo_reference)
    given = [reference for reference in result.references if reference.strip()]
    for score in result.scores:
        name = metric_name(score)
        if name is not None:
            references: Sequence[str] = [result.pseudo_reference or ""] if score.endswith(PSEUDO) else given
            statistics = metric_of(name, result.target_lang).statistics(result.target, references)
            scored.statistics[score] = statistics, len(references)
    return scored


def _unreadable(file: Path, error: OSError) -> MtcheckError:
    return MtcheckError(
        Code.FILE_NOT_FOUND,
        f"the run cannot be read ({error.strerror})",
        where=str(file),
        mend="Give a directory that mtcheck check wrote, with the formats json and jsonl",
    )


def _said(error: ValidationError, *before: str | int) -> str:
    first = error.errors()[0]
    place = ".".join(str(step) for step in (*before, *first["loc"]))
    return f"{place + ': ' if place else ''}{first['msg']}"


def _bad(where: Path | str, what: str) -> MtcheckError:
    return MtcheckError(
        Code.BAD_RUN,
        f"this is not what mtcheck writes of a run ({what})",
        where=str(where),
        mend="Check the delivery again with this version",
    )

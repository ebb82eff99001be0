"""The baseline: findings accepted before, so that a run speaks of new ones only.

A JSON file with one accepted finding a line: its article, its rule and a hash of the flagged text, so that text
which moved within its article is still known. As often as it was accepted it may stand there, and no oftener.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.registry import unknown_name
from mtcheck.core.results import InputFile, UnusedSuppression
from mtcheck.core.types import Article, Finding, Segment

_IN_MEMORY = 1 << 20


class Entry(BaseModel):
    """One accepted finding, as often as `count` says. `article` is the id, or the file's name where ids are lines."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    article: str
    system: str | None = None
    rule: str
    text: str
    count: Annotated[int, Field(ge=1)] = 1


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    findings: tuple[Entry, ...]


_Place = tuple[str, str | None]
_Key = tuple[str, str]


class Baseline:
    """The findings accepted before."""

    def __init__(self, file: Path, entries: Sequence[Entry], fingerprint: InputFile) -> None:
        self.fingerprint = fingerprint
        self.reason = f"baseline {file.name}"
        self._file = file
        self._left: dict[_Place, Counter[_Key]] = {}
        for entry in entries:
            self._left.setdefault((entry.article, entry.system), Counter())[entry.rule, entry.text] += entry.count
        self._seen: set[_Place] = set()

    @classmethod
    def read(cls, file: Path, rules: Sequence[str]) -> Baseline:
        """Raises FILE_NOT_FOUND, BAD_BASELINE, UNKNOWN_NAME."""
        try:
            data = file.read_bytes()
            text = data.decode("utf-8-sig")
            found = _File.model_validate_json(text)
        except OSError as error:
            raise MtcheckError(
                Code.FILE_NOT_FOUND,
                f"the baseline cannot be read ({error.strerror})",
                where=str(file),
                mend="Check the path, or write it with --write-baseline",
            ) from None
        except UnicodeDecodeError:
            raise _bad(file, "it is not UTF-8") from None
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(step) for step in first["loc"])
            raise _bad(file, f"{key + ': ' if key else ''}{first['msg']}") from None
        known = set(rules)
        for entry in found.findings:
            if entry.rule not in known:
                line = text[: max(0, text.find(json.dumps(entry.rule, ensure_ascii=False)))].count("\n") + 1
                unknown = unknown_name("rule", entry.rule, list(rules))
                raise MtcheckError(Code.UNKNOWN_NAME, unknown.what, where=f"{file}:{line}", mend=unknown.mend)
        return cls(file, found.findings, InputFile(str(file), hashlib.sha256(data).hexdigest(), len(data)))

    def knows(self, segment: Segment, finding: Finding) -> bool:
        """True if such a finding was accepted, used up or not."""
        return _key(segment, finding) in self._left.get(_place(segment), ())

    def take(self, segment: Segment, finding: Finding) -> bool:
        """True, and one fewer left, if the finding was accepted."""
        left = self._left.get(_place(segment))
        key = _key(segment, finding)
        if left is None or left[key] < 1:
            return False
        left[key] -= 1
        return True

    def saw(self, article: Article) -> None:
        """The article took part: what is left of its entries accepts nothing."""
        places = {_place(segment) for segment in article.segments}
        self._seen.update(places & self._left.keys())

    def unused(self, rules: Collection[str]) -> list[UnusedSuppression]:
        """Entries of articles that took part, and of rules that ran, which nothing used; by rule."""
        left: Counter[str] = Counter()
        for place in self._seen:
            for (rule, _), count in self._left[place].items():
                if rule in rules and count:
                    left[rule] += count
        return [UnusedSuppression(str(self._file), rule, count) for rule, count in sorted(left.items())]


class BaselineWriter:
    """Writes the findings of a run as accepted, article by article; memory does not grow with them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        # A baseline may be read and written in one run, so it is replaced at the end only.
        self._spool = SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115
        self._spool.write('{"version": 1, "findings": [')
        self._comma = ""

    def add(self, article: Article, found: Sequence[Sequence[Finding]]) -> None:
        """Accept the findings of an article."""
        counts = Counter(
            (_place(segment), _key(segment, finding))
            for segment, findings in zip(article.segments, found, strict=True)
            for finding in findings
        )
        for ((name, system), (rule, text)), count in sorted(counts.items(), key=lambda item: (str(item[0]), item[1])):
            entry = Entry(article=name, system=system, rule=rule, text=text, count=count)
            self._spool.write(f"{self._comma}\n{entry.model_dump_json(exclude_defaults=True)}")
            self._comma = ","

    def finish(self) -> None:
        """Write the file. Raises CANNOT_WRITE."""
        self._spool.write("\n]}\n")
        self._spool.seek(0)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("w", encoding="utf-8", newline="\n") as file:
                shutil.copyfileobj(self._spool, file)
        except OSError as error:
            raise MtcheckError(
                Code.CANNOT_WRITE,
                f"cannot write the baseline ({error.strerror})",
                where=str(self._file),
                mend="Give another file with --write-baseline",
            ) from None
        finally:
            self._spool.close()


def _place(segment: Segment) -> _Place:
    """The article, or its file where it is named by a line, which moves."""
    name, _, line = segment.article.rpartition(":")
    return (name if name and line == str(segment.origin.line) else segment.article), segment.system


def _key(segment: Segment, finding: Finding) -> _Key:
    # An empty translation is known by its source.
    text = finding.target_span.of(segment.target) or segment.source or ""
    return finding.rule, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _bad(file: Path, what: str) -> MtcheckError:
    return MtcheckError(
        Code.BAD_BASELINE,
        f"the file is not a baseline ({what})",
        where=str(file),
        mend="Write it anew with --write-baseline",
    )

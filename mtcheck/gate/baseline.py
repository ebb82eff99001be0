"""The baseline: findings that were there before, so that a run speaks of new ones only.

They are those of a former run, or of a JSON file with one accepted finding a line, which holds hashes and no text.
Both know a finding by its fingerprints (`mtcheck.gate.fingerprint`). As often as it was there before it may stand
there, and no oftener.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.registry import unknown_name
from mtcheck.core.results import InputFile, UnusedSuppression
from mtcheck.core.types import Article, Finding, Segment
from mtcheck.gate.fingerprint import fingerprints, place

_IN_MEMORY = 1 << 20


class Entry(BaseModel):
    """One accepted finding. `article` is the id, or the file's name where ids are lines; it tells nothing apart."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    article: str
    system: str | None = None
    rule: str
    keys: Annotated[tuple[Annotated[str, Field(pattern="^[0-9a-f]{16}$")], ...], Field(min_length=1)]

    @classmethod
    def of(cls, segment: Segment, finding: Finding) -> Entry:
        """The entry for a finding."""
        keys = tuple(f"{print_:016x}" for print_ in fingerprints(segment, finding))
        return cls(article=place(segment), system=segment.system, rule=finding.rule, keys=keys)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[2]
    findings: tuple[Entry, ...]


class Baseline:
    """The findings that were there before.

    Args:
        name: what the user calls it.
        entries: the findings.
        files: what they were read from.
        systems: all that took part, with findings or without; those of the findings where this is not known.
        accepted: someone accepted them, so that those that are no more are to be told; else a run just found them.
    """

    def __init__(
        self,
        name: str,
        entries: Iterable[Entry],
        files: Sequence[InputFile],
        *,
        systems: Collection[str | None] = (),
        accepted: bool = True,
    ) -> None:
        self._accepted = accepted
        self.name = name
        self.files = tuple(files)
        self.reason = baseline_reason(name)
        self._rules: list[str] = []
        self._articles: list[str] = []
        self._used = bytearray()
        self._index: dict[tuple[str, str | None, str], list[int]] = {}
        self._seen: set[str] = set()
        self._systems: set[str | None] = set(systems)
        for entry in entries:
            self._systems.add(entry.system)
            for known_by in entry.keys:
                self._index.setdefault((entry.rule, entry.system, known_by), []).append(len(self._rules))
            self._rules.append(entry.rule)
            self._articles.append(entry.article)
            self._used.append(0)
        if len(self._systems) == 1:
            # A system that was alone may have another name today.
            self._index = {(rule, None, known_by): places for (rule, _, known_by), places in self._index.items()}

    @classmethod
    def read(cls, file: Path, rules: Sequence[str]) -> Baseline:
        """A file that --write-baseline wrote. Raises FILE_NOT_FOUND, BAD_BASELINE, UNKNOWN_NAME."""
        try:
            data = file.read_bytes()
            text = data.decode("utf-8-sig")
            found = _File.model_validate_json(text)
        except OSError as error:
            raise MtcheckError(
                Code.FILE_NOT_FOUND,
                f"the baseline cannot be read ({error.strerror})",
                where=str(file),
                mend="Check the path, give a run's directory, or write the file with --write-baseline",
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
        return cls(str(file), found.findings, [InputFile(str(file), hashlib.sha256(data).hexdigest(), len(data))])

    def knows(self, segment: Segment, finding: Finding) -> bool:
        """True if such a finding was there, used up or not."""
        return any(key in self._index for key in self._keys(segment, finding))

    def take(self, segment: Segment, finding: Finding) -> bool:
        """True, and one fewer left, if the finding was there."""
        for key in self._keys(segment, finding):
            places = self._index.get(key, [])
            while places and self._used[places[0]]:
                del places[0]
            if places:
                self._used[places[0]] = 1
                return True
        return False

    def saw(self, article: Article) -> None:
        """The article took part: what is left of its findings is there no more."""
        self._seen.update(place(segment) for segment in article.segments)

    @property
    def left(self) -> int:
        """How many findings nothing used."""
        return len(self._used) - sum(self._used)

    def unused(self, rules: Collection[str]) -> list[UnusedSuppression]:
        """Accepted findings of articles that took part, and of rules that ran, which nothing used; by rule."""
        if not self._accepted:
            return []
        left: Counter[str] = Counter(
            rule
            for rule, article, used in zip(self._rules, self._articles, self._used, strict=True)
            if not used and rule in rules and article in self._seen
        )
        return [UnusedSuppression(self.name, rule, count) for rule, count in sorted(left.items())]

    def _keys(self, segment: Segment, finding: Finding) -> list[tuple[str, str | None, str]]:
        system = segment.system if len(self._systems) > 1 else None
        return [(finding.rule, system, f"{print_:016x}") for print_ in fingerprints(segment, finding)]


class BaselineWriter:
    """Writes the findings of a run as accepted, article by article; memory does not grow with them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        # A baseline may be read and written in one run, so it is replaced at the end only.
        self._spool = SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115
        self._spool.write('{"version": 2, "findings": [')
        self._comma = ""

    def add(self, article: Article, found: Sequence[Sequence[Finding]]) -> None:
        """Accept the findings of an article."""
        for segment, findings in zip(article.segments, found, strict=True):
            for finding in findings:
                text = Entry.of(segment, finding).model_dump_json(exclude_defaults=True)
                self._spool.write(f"{self._comma}\n{text}")
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


def baseline_reason(name: str) -> str:
    """Why findings of the baseline called so do not count."""
    return f"baseline {Path(name).name}"


def _bad(file: Path, what: str) -> MtcheckError:
    return MtcheckError(
        Code.BAD_BASELINE,
        f"the file is not a baseline ({what})",
        where=str(file),
        mend="Write it anew with --write-baseline",
    )

"""Every option of a run, from `mtcheck.toml` or `[tool.mtcheck]` in `pyproject.toml`.

The command line and Python callers put their own values over the file's. Unknown keys are errors,
never ignored: a misspelt threshold must not pass a delivery.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from mtcheck.core.encodings import text_encoding
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import check_tag
from mtcheck.core.types import Role, Severity

FILE_NAME = "mtcheck.toml"
PYPROJECT = "pyproject.toml"
_SUPPRESS = re.compile(r"^[ \t]*(?:\[\[[ \t]*(?:tool\.mtcheck\.)?)?(?P<key>suppress)\b", re.MULTILINE)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Share(_Section):
    """Of the segments that have a score, at most the share `most` (0 to 1) may be worse than `limit`."""

    limit: float
    most: Annotated[float, Field(ge=0, le=1)]


class Conditions(_Section):
    """What translations must reach. What is not set is not asked, or in an override inherited.

    Scores that were not computed are no fault. Findings are named by a severity (that or worse), or by the name, code
    or family of a rule. `min_mqm` and densities count from `min_words` words on: one fault in a ten-word pair says
    little about density.
    """

    limit: dict[str, float] = Field(default_factory=dict, description="score -> worst value allowed")
    share_beyond: dict[str, Share] = Field(default_factory=dict, description="score -> share of segments beyond")
    min_mqm: float | None = None
    max_findings: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    max_findings_per_1000_words: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    min_words: Annotated[int, Field(ge=0)] | None = None


class Policy(Conditions):
    """Conditions that block where they are not met; those under `review` ask for a revision."""

    review: Conditions = Conditions()


class ArticlePolicy(Policy):
    """What each article must reach, else it is blocked or to be reviewed."""

    min_mqm: float | None = 95.0
    min_words: Annotated[int, Field(ge=0)] | None = 100


class CorpusPolicy(Policy):
    """What each language pair and system must reach as a whole, else the run is blocked or to be reviewed."""


class Regression(_Section):
    """What counts as worse than the baseline."""

    fail_on: Severity | Literal["never"] | None = None
    scores: tuple[str, ...] | None = Field(None, description="scores to test; all that there are where not set")
    p_value: Annotated[float, Field(gt=0, lt=1)] | None = None
    min_drop: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="score -> least drop that counts"
    )
    keep_limits: bool | None = Field(None, description="ask for absolute scores of what the baseline has, too")


class RegressionPolicy(Regression):
    """What fails a run that has a baseline: a new finding of severity `fail_on` or worse, or a score that fell.

    A drop counts if approximate randomisation gives it a p-value of at most `p_value` (corrected for the number of
    tests after Holm 1979), if the bootstrap interval of the difference does not reach 0, and if it is not smaller
    than `min_drop`.
    """

    fail_on: Severity | Literal["never"] = Severity.MAJOR
    p_value: Annotated[float, Field(gt=0, lt=1)] = 0.05
    keep_limits: bool = False


class Override(_Section):
    """Another policy for the language pairs, systems or roles named; the rest is inherited, later overrides win.

    A language also means its variants (`en` is `en-GB`). What is asked of a role is asked of each article's segments
    of that role (of a corpus's under `corpus`), beside what is asked of the whole.
    """

    source_lang: tuple[str, ...] = ()
    target_lang: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    role: tuple[Role, ...] = ()
    fail_on: Severity | Literal["never"] | None = None
    review_on: Severity | Literal["never"] | None = None
    article: Policy = Policy()
    corpus: Policy = Policy()
    regression: Regression = Regression()

    @field_validator("source_lang", "target_lang", "system", "role", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("source_lang", "target_lang")
    @classmethod
    def _tags(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(check_tag(tag, where="") for tag in value)
        except MtcheckError as error:
            raise ValueError(error.mend) from None


class GateConfig(_Section):
    """The policy. `fail_on` and `review_on` are the least severities of a finding that block or ask.

    With `fail_on = "never"` nothing blocks: what would is to be reviewed.
    """

    fail_on: Severity | Literal["never"] = Severity.CRITICAL
    review_on: Severity | Literal["never"] = Severity.MAJOR
    weights: dict[Severity, float] = Field(
        default_factory=lambda: {
            Severity.NEUTRAL: 0.0,
            Severity.MINOR: 1.0,
            Severity.MAJOR: 5.0,
            Severity.CRITICAL: 25.0,
        },
        description="MQM penalty of one finding",
    )
    article: ArticlePolicy = ArticlePolicy()
    corpus: CorpusPolicy = CorpusPolicy()
    regression: RegressionPolicy = RegressionPolicy()
    overrides: tuple[Override, ...] = ()

    @field_validator("weights")
    @classmethod
    def _complete(cls, weights: dict[Severity, float]) -> dict[Severity, float]:
        standard = {Severity.NEUTRAL: 0.0, Severity.MINOR: 1.0, Severity.MAJOR: 5.0, Severity.CRITICAL: 25.0}
        return standard | weights


class SignificanceConfig(_Section):
    """How differences of scores are tested; the defaults are sacrebleu's."""

    resamples: Annotated[int, Field(ge=100)] = Field(1000, description="bootstrap resamples, for intervals")
    trials: Annotated[int, Field(ge=100)] = Field(10000, description="approximate randomisation trials, for p-values")
    seed: Annotated[int, Field(ge=0)] = 12345
    p_value: Annotated[float, Field(gt=0, lt=1)] = Field(0.05, description="at most, where systems are compared")


class Suppression(_Section):
    """Findings that are accepted: of these rules (names, codes or families), in the files and articles named.

    In `path` and `article`, `*` and `?` stand for characters of one name, `**` for any folders too.
    """

    rules: Annotated[tuple[str, ...], Field(min_length=1)]
    path: str | None = None
    article: str | None = None
    reason: str = ""
    _where: str = PrivateAttr("suppress")

    @property
    def where(self) -> str:
        """The configuration file and line that it stands in, if a file gave it."""
        return self._where


class ModelConfig(_Section):
    """How reference models run. `batch_tokens` bounds a batch by its padded tokens."""

    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    batch_tokens: Annotated[int, Field(ge=64)] = 4096
    num_beams: Annotated[int, Field(ge=1)] = 4
    translate: bool = Field(
        True, description="ask models that can do more for their own translation too, which takes them longest"
    )
    revision: str | None = None
    prompt: str = Field(
        "Translate from {source_language} to {target_language}:\n{source_language}: {source}\n{target_language}:",
        description="what a decoder-only model is asked; the languages' names are English",
    )
    chat: bool = Field(False, description="ask a decoder-only model by the chat template of its tokenizer")
    accept_license: tuple[str, ...] = Field(
        (), description="models, or licences by SPDX, that may be used although they are non-commercial"
    )

    @field_validator("prompt")
    @classmethod
    def _with_one_source(cls, value: str) -> str:
        fields = [name for _, name, _, _ in Formatter().parse(value) if name is not None]
        if fields.count("source") != 1 or not {*fields} <= {"source", "source_language", "target_language"}:
            raise ValueError("has {source} once, and may have {source_language} and {target_language}")
        return value

    @field_validator("accept_license", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class CacheConfig(_Section):
    """Answers of reference models that are kept between runs; `cache = false` is short for `use = false`.

    They change how long a run takes, and no byte of what it says.
    """

    use: bool = True
    folder: Path | None = Field(
        None, description="where they are; if not set $MTCHECK_CACHE_DIR, else the user's folder for caches"
    )
    gigabytes: Annotated[float, Field(gt=0)] = Field(1.0, description="room for all of them (10^9 bytes each)")


class Config(_Section):
    """All options of `mtcheck check`, under the names they have on the command line."""

    source_lang: str | None = None
    target_lang: str | None = None
    reference_model: tuple[str, ...] = ("auto",)
    norm: Path | None = Field(None, description="a former run's directory, among whose scores models' are ranked")
    metrics: tuple[str, ...] = ("bleu", "chrf", "chrf++", "ter")
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: dict[str, Severity] = Field(default_factory=dict, description="rule name -> severity")
    glossary: tuple[Path, ...] = Field((), description="terminology: TBX, CSV or TOML files")
    suppress: tuple[Suppression, ...] = ()
    baseline: Path | None = Field(None, description="a former run's directory, or a file that --write-baseline wrote")
    write_baseline: Path | None = Field(None, description="where to write this run's findings as accepted")
    fix: bool = Field(False, description="write corrected translations beside the input")
    output: Path | None = None
    format: tuple[str, ...] = Field(("json", "jsonl", "html"), description="formats, each NAME or NAME=FILE")
    layout: Literal["auto", "lines", "article"] = "auto"
    match: str = Field("auto", description="what tells which translation is of which source: id, name, or a key")
    columns: dict[str, str] = Field(default_factory=dict, description="field of a pair -> its column in a table")
    encoding: str | None = Field(None, description="encoding of text that does not say it")
    lenient: bool = Field(False, description="pass over records that cannot be read, and count them")
    engine: str = Field("local", description="how a run is executed: local, ray")
    jobs: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto", description="processes, of which one has the models"
    )
    resume: bool = Field(False, description="go on with a run that was broken off")
    quiet: bool = False
    gate: GateConfig = GateConfig()
    significance: SignificanceConfig = SignificanceConfig()
    model: ModelConfig = ModelConfig()
    cache: CacheConfig = CacheConfig()

    @field_validator("cache", mode="before")
    @classmethod
    def _use(cls, value: Any) -> Any:
        """Whether to use it, or a table."""
        return {"use": value} if isinstance(value, bool) else value

    @field_validator("reference_model", "metrics", "select", "ignore", "format", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """One name, or several with commas, or a list of either."""
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list | tuple) or not all(isinstance(item, str) for item in values):
            return value
        return tuple(part.strip() for item in values for part in item.split(",") if part.strip())

    @field_validator("glossary", mode="before")
    @classmethod
    def _files(cls, value: Any) -> Any:
        """One file, or a list of them."""
        return (value,) if isinstance(value, str | Path) else value

    @field_validator("columns", mode="before")
    @classmethod
    def _columns(cls, value: Any) -> Any:
        """A table, or texts such as `source=sv,target=en`."""
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list | tuple) or not all(isinstance(item, str) for item in values):
            return value
        parts = [part.partition("=") for item in values for part in item.split(",") if part.strip()]
        if any(not column.strip() for _, _, column in parts):
            raise ValueError("Write field=column, as in source=sv,target=en")
        return {field.strip(): column.strip() for field, _, column in parts}

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is None:
            return None
        known = text_encoding(value)
        if known is None:
            raise ValueError("Name an encoding that Python knows, such as windows-1252")
        return known

    @field_validator("source_lang", "target_lang")
    @classmethod
    def _tag(cls, value: str | None) -> str | None:
        try:
            return None if value is None else check_tag(value, where="")
        except MtcheckError as error:
            raise ValueError(error.mend) from None


def load_config(file: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """The file's options with `overrides` (None values left out) on top.

    Args:
        file: a TOML file; None looks for `mtcheck.toml`, then a `pyproject.toml` with a
            `[tool.mtcheck]` table, in the working directory and its parents.

    Raises:
        MtcheckError: FILE_NOT_FOUND, or BAD_CONFIG with the key and what is wrong with it.
    """
    if file is not None and not file.is_file():
        raise MtcheckError(
            Code.FILE_NOT_FOUND,
            "there is no such configuration file",
            where=str(file),
            mend="Check the path given with --config",
        )
    found = file or _discover()
    data = _read(found) if found else {}
    merged = _merge(data, overrides or {})
    try:
        config = Config.model_validate(merged)
    except ValidationError as error:
        raise _bad_config(error, str(found) if found else "options") from None
    if found and config.suppress:
        _locate(config.suppress, found)
    return config


def _locate(suppressions: Sequence[Suppression], file: Path) -> None:
    """Tell each suppression its line; where the tables are not written as such, the line of the first word."""
    text = file.read_text(encoding="utf-8")
    lines = [text.count("\n", 0, match.start("key")) + 1 for match in _SUPPRESS.finditer(text)]
    for position, entry in enumerate(suppressions):
        line = lines[position] if len(lines) == len(suppressions) else lines[0] if lines else None
        entry._where = str(file) if line is None else f"{file}:{line}"


def _discover() -> Path | None:
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        project = folder / PYPROJECT
        if project.is_file() and "mtcheck" in _tables(project).get("tool", {}):
            return project
    return None


def _tables(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MtcheckError(
            Code.BAD_CONFIG, f"the file is not TOML ({error})", where=str(file), mend="Mend the TOML"
        ) from None


def _read(file: Path) -> dict[str, Any]:
    tables = _tables(file)
    if file.name == PYPROJECT:
        found: dict[str, Any] = tables.get("tool", {}).get("mtcheck", {})
        return found
    return tables


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            continue
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = _merge(below, value)
        else:
            merged[key] = value
    return merged


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    for step in path:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step)
        # Of a list of tables, what one of them holds.
        kinds = [] if field is None else [field.annotation, *get_args(field.annotation)]
        found = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        if found is None:
            break
        model = found
    return sorted(model.model_fields)


def _bad_config(error: ValidationError, where: str) -> MtcheckError:
    first = error.errors()[0]
    key = ".".join(str(step) for step in first["loc"])
    if first["type"] == "extra_forbidden":
        known = _known_keys(Config, first["loc"][:-1])
        near = difflib.get_close_matches(str(first["loc"][-1]), known, n=1)
        mend = f"Did you mean '{near[0]}'" if near else f"Known keys here: {', '.join(known)}"
        return MtcheckError(Code.BAD_CONFIG, f"there is no option '{key}'", where=where, mend=mend)
    return MtcheckError(
        Code.BAD_CONFIG,
        f"the option '{key}' cannot be {first['input']!r}",
        where=where,
        mend=first["msg"].rstrip(".").removeprefix("Value error, "),
    )

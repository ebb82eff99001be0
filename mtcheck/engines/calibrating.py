"""From judged articles to a proposed policy: what of them conditions look at, and the policy as TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mtcheck.core.config import PYPROJECT, GateConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import ArticleResult
from mtcheck.core.types import Severity, Verdict
from mtcheck.gate.calibration import Calibration, Examples, Feature

# Of metrics that say much the same, one.
_METRICS = ("chrf", "chrf++", "bleu", "ter")
_LABELS = {"accepted": False, "rejected": True}
_COUNTED = (Severity.MAJOR, Severity.MINOR)
_MQM = Feature("", "min_mqm", higher_is_better=True)


def without_density(gate: GateConfig) -> GateConfig:
    """The policy less its MQM limit, which is to be proposed."""
    return gate.model_copy(update={"article": gate.article.model_copy(update={"min_mqm": None})})


class Gatherer:
    """Takes in articles that people accepted and articles that they rejected."""

    def __init__(self, gate: GateConfig, scores: Sequence[str] = ()) -> None:
        """`scores` are the only ones to be looked at, if any are named."""
        self._min_words = gate.article.min_words or 0
        self._scores = scores
        self._rows: list[Mapping[Feature, float]] = []
        self._rejected: list[bool] = []
        self._stopped: list[bool] = []

    def add(self, results: Iterable[ArticleResult], rejected: bool | Mapping[str, bool]) -> None:
        """Take articles that were judged by the policy to start from: all accepted, all rejected, or as their ids say.

        Of an id that has no label nothing is known, so the article is left out.
        """
        for result in results:
            label = rejected if isinstance(rejected, bool) else rejected.get(result.id)
            if label is not None:
                self._rows.append(self._row(result))
                self._rejected.append(label)
                self._stopped.append(result.verdict is Verdict.BLOCK)

    def examples(self) -> Examples:
        """All of them."""
        features = sorted({feature for row in self._rows for feature in row}, key=lambda one: (one.table, one.name))
        metrics = [feature for name in _METRICS for feature in features if feature.name == name]
        if not self._scores:
            features = [feature for feature in features if feature not in metrics[1:]]
        badness = np.array(
            [
                [row.get(feature, np.nan) * (-1 if feature.higher_is_better else 1) for feature in features]
                for row in self._rows
            ]
        ).reshape(len(self._rows), len(features))
        return Examples(
            tuple(features), badness, np.array(self._rejected, dtype=bool), np.array(self._stopped, dtype=bool)
        )

    def _row(self, result: ArticleResult) -> dict[Feature, float]:
        row = {
            Feature("limit", name, score.higher_is_better): score.value
            for name, score in result.scores.items()
            if not self._scores or name in self._scores
        }
        severities = [finding.severity for segment in result.segments for finding in segment.findings]
        for least in _COUNTED:
            count = sum(severity.rank >= least.rank for severity in severities)
            row[Feature("max_findings", least, higher_is_better=False)] = count
        if result.words >= self._min_words:
            row[_MQM] = result.mqm_score
        return row


def read_labels(file: Path) -> dict[str, bool]:
    """Ids of articles, true for those rejected: an id and `accepted` or `rejected` a line, with a tab or comma between.

    Raises FILE_NOT_FOUND, BAD_TABLE.
    """
    labels: dict[str, bool] = {}
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise MtcheckError(
            Code.FILE_NOT_FOUND, f"the labels cannot be read ({error})", where=str(file), mend="Give a UTF-8 table"
        ) from None
    for number, line in enumerate(lines, start=1):
        identifier, _, label = (part.strip().strip('"') for part in line.rpartition("\t" if "\t" in line else ","))
        if label in _LABELS and identifier:
            labels[identifier] = _LABELS[label]
        elif line.strip() and number > 1:
            raise MtcheckError(
                Code.BAD_TABLE,
                f"'{label}' is no label",
                where=f"{file}:{number}",
                mend="Write an id and accepted or rejected on each line",
            )
    return labels


def policy_toml(calibration: Calibration, gate: GateConfig) -> str:
    """The policy proposed, as it stands in `mtcheck.toml`."""
    before = calibration.before
    made = f"# Made by mtcheck calibrate from {before.accepted} accepted"
    made += f" and {before.rejected} rejected articles." if before.rejected else " articles."
    lines = [made, f"# {said(calibration)}", "[gate]", f'fail_on = "{gate.fail_on}"', "", "[gate.article]"]
    mqm = next((one.limit for one in calibration.thresholds if one.feature == _MQM), None)
    # Not asked, which is not the default.
    lines.append(f"min_mqm = {'-inf' if mqm is None else f'{mqm:.10g}'}")
    lines.append(f"min_words = {gate.article.min_words or 0}")
    for table in ("limit", "max_findings"):
        chosen = [one for one in calibration.thresholds if one.feature.table == table]
        if chosen:
            lines.append(
                f"{table} = {{ {', '.join(f'{_key(one.feature.name)} = {one.limit:.10g}' for one in chosen)} }}"
            )
    return "\n".join(lines) + "\n"


def said(calibration: Calibration) -> str:
    """What the policy stops of what it has not seen, in words."""
    quality = calibration.held_out
    parts = [f"of accepted ones {quality.false_alarms:.1%} stopped"]
    if quality.recall is not None:
        parts.insert(0, f"recall {quality.recall:.1%}")
    if quality.precision is not None:
        parts.insert(0, f"precision {quality.precision:.1%}")
    return f"Cross-validated ({calibration.folds} parts): {', '.join(parts)}."


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else f'"{name}"'


def add_policy(file: Path, policy: str) -> None:
    """Write a policy to a new file, or to the end of one that has none. Raises BAD_CONFIG, CANNOT_WRITE."""
    try:
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        if file.name == PYPROJECT or "gate" in tomllib.loads(before):
            raise MtcheckError(
                Code.CANNOT_WRITE,
                "the tables are called otherwise there" if file.name == PYPROJECT else "there is a policy already",
                where=str(file),
                mend="Give a new file with --write, or take what is proposed over by hand",
            )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{before.rstrip()}\n\n{policy}".lstrip(), encoding="utf-8", newline="\n")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MtcheckError(
            Code.CANNOT_WRITE,
            f"cannot write the policy ({error})",
            where=str(file),
            mend="Give a new file with --write",
        ) from None

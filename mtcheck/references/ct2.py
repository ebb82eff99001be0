"""`ct2:`: the models of `hf:` on CTranslate2, with 8-bit weights: a third of the size, and faster on a CPU.

`ct2:ORG/NAME` and `ct2:FOLDER` are checkpoints of transformers that `mtcheck models pull` has converted into the user's
cache (`$XDG_CACHE_HOME/mtcheck/ct2`), or a folder that is converted already and has the tokenizer's files beside
`model.bin`. The engine is the package ctranslate2 (`pip install 'mtcheck[ct2]'`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import ModelCard
from mtcheck.references.base import REFERENCES, Capability, Present
from mtcheck.references.batching import batches
from mtcheck.references.checkpoints import (
    LOCAL,
    WEIGHTS,
    cached,
    checked_licence,
    conditions_of,
    fetch,
    find,
    first_line,
    hash_of,
    languages_of,
    licence_of,
    longest_input,
    opened,
    unusable,
    weight_hash,
)
from mtcheck.references.hf import PULLED, decoder_start, tasks_of
from mtcheck.references.prediction import OFFLINE
from mtcheck.references.quiet import quiet
from mtcheck.references.tokens import Languages, Part, TokenModel, Told, pair_of, read_json

_MODEL = "model.bin"
# Positions that a converted model is taken to have: it does not say.
_POSITIONS = 512


@REFERENCES.register
class Ct2Model(TokenModel):
    """An encoder-decoder on CTranslate2, with the tokenizer of its checkpoint."""

    name = "ct2"
    about = "the models of hf in 8 bits on CTranslate2, hub id or local folder; translates, says how likely"

    def __init__(self, identifier: str, folder: Path, revision: str, config: ModelConfig) -> None:
        import torch
        from transformers import AutoConfig, AutoTokenizer, GenerationConfig

        where = f"ct2:{identifier}"
        package = _ctranslate2(where)
        agreed = checked_licence(where, folder, config)
        self._tokenizer = AutoTokenizer.from_pretrained(folder, **OFFLINE)
        self._space = self._tokenizer.get_vocab().get("▁")
        place = folder if (folder / _MODEL).is_file() else _place(folder, revision)
        stated = read_json(place / "config.json")
        # Without one, the first token of what is translated to is given to it as any other.
        self._begins = stated.get("decoder_start_token") is not None
        if place != folder:
            checkpoint = AutoConfig.from_pretrained(folder, **OFFLINE)
            generation = (
                GenerationConfig.from_pretrained(folder, local_files_only=True)
                if (folder / "generation_config.json").is_file()
                else GenerationConfig.from_model_config(checkpoint)
            )
            start, forced = decoder_start(checkpoint, generation)
            self._languages = Languages(self._tokenizer, start or 0, forced, tasks_of(checkpoint))
            self.limit = longest_input(checkpoint, self._tokenizer)
        else:
            # Which token the decoder begins with is CTranslate2's affair.
            self._languages = Languages(self._tokenizer, 0)
            self.limit = longest_input(
                SimpleNamespace(model_type="", max_position_embeddings=_POSITIONS), self._tokenizer
            )
        cuda = package.get_cuda_device_count() > 0
        device, _, index = (("cuda" if cuda else "cpu") if config.device == "auto" else config.device).partition(":")
        self._translator = package.Translator(
            str(place),
            device=device,
            device_index=int(index or 0),
            # As it was converted.
            compute_type="default" if config.dtype == "auto" else config.dtype,
            intra_threads=torch.get_num_threads(),
        )
        self._config = config
        self._conditions = {
            **conditions_of(config, torch.device("cuda" if device == "cuda" else "cpu"), folder, place),
            "num_beams": config.num_beams,
        }
        self._signed_name = folder.name if revision == LOCAL else identifier
        self._card = ModelCard(
            name=where,
            capabilities=(Capability.TRANSLATE.value, Capability.LIKELIHOOD.value),
            revision=revision,
            weight_hash=hash_of([place / _MODEL]),
            dtype=self._translator.compute_type,
            device=config.device if index else device,
            licence=agreed,
            languages=self._languages.known() or languages_of(folder),
        )

    @classmethod
    def load(cls, identifier: str, config: ModelConfig) -> Ct2Model:
        """The converted model of a checkpoint in a folder or in the local hub cache, or the one in a folder.

        Raises MtcheckError: PACKAGE_MISSING; MODEL_NOT_FOUND, also where the checkpoint has not been converted;
        LICENCE_NOT_ACCEPTED; MODEL_UNUSABLE if files are missing or damaged, or if the device is not there.
        """
        where = f"{cls.name}:{identifier}"
        _ctranslate2(where)
        folder, revision = find(cls.name, identifier, config.revision)
        if not (folder / _MODEL).is_file() and not _place(folder, revision).is_dir():
            raise MtcheckError(
                Code.MODEL_NOT_FOUND,
                "the model has not been converted for CTranslate2",
                where=where,
                mend=f"Run mtcheck models pull {where}",
            )
        return opened(cls, cls.name, identifier, config)

    @classmethod
    def pull(cls, identifier: str, revision: str | None) -> Path:
        """Fetch a checkpoint from the Hugging Face hub, unless it is a folder, and convert it; the converted folder.

        Raises MtcheckError: PACKAGE_MISSING; MODEL_NOT_FOUND if the hub has no such model; MODEL_UNUSABLE if it cannot
        be fetched or CTranslate2 cannot convert it.
        """
        where = f"{cls.name}:{identifier}"
        _ctranslate2(where)
        if not (identifier and Path(identifier).expanduser().is_dir()):
            revision = fetch(cls.name, identifier, revision, PULLED, WEIGHTS).name
        folder, revision = find(cls.name, identifier, revision)
        place = _place(folder, revision)
        if not place.is_dir():
            unfinished = place.with_suffix(f".{os.getpid()}")
            try:
                with quiet():
                    convert(folder, unfinished, "int8")
            except Exception as error:  # It does not say what it raises for a model that it does not know.
                raise unusable(where, f"it cannot be converted ({first_line(error)})") from error
            unfinished.rename(place)
        return place

    @classmethod
    def present(cls) -> Sequence[Present]:
        """The checkpoints in the hub cache that have been converted."""
        return [
            Present(name, licence_of(name, folder), languages_of(folder), pair_of(folder))
            for name, folder in ((f"{cls.name}:{identifier}", folder) for identifier, folder in cached())
            if _place(folder, folder.name).is_dir()
        ]

    def _translations(self, parts: Iterable[Part], told: Told) -> Iterator[Mapping[Part, str]]:
        prefix = self._prefix(told)
        most = self._config.batch_tokens // (2 * self._config.num_beams)
        for batch in batches(parts, lambda part: (len(part.source),), most):
            found = self._translator.translate_batch(
                [self._tokens(part.source) for part in batch],
                [prefix] * len(batch) if prefix else None,
                beam_size=self._config.num_beams,
                max_input_length=0,
                max_decoding_length=self.limit - 1,
            )
            made = [self._tokenizer.convert_tokens_to_ids(one.hypotheses[0][len(prefix) :]) for one in found]
            texts = self._tokenizer.batch_decode(made, skip_special_tokens=True, clean_up_tokenization_spaces=False)
            yield dict(zip(batch, texts, strict=True))

    def _log_probabilities(self, parts: Iterable[Part], told: Told) -> Iterator[Mapping[Part, list[float]]]:
        prefix = self._prefix(told)
        for batch in batches(parts, lambda part: (len(part.source) + len(part.target),), self._config.batch_tokens):
            found = self._translator.score_batch(
                [self._tokens(part.source) for part in batch],
                # It adds the end itself.
                [[*prefix, *self._tokens(part.target[:-1])] for part in batch],
                max_input_length=0,
            )
            # What it predicts of the prefix is of no interest.
            yield {part: list(one.log_probs[-len(part.target) :]) for part, one in zip(batch, found, strict=True)}

    def _prefix(self, told: Told) -> list[str]:
        return self._tokens(told.decoder[1:] if self._begins else told.decoder)

    def _tokens(self, ids: Sequence[int]) -> list[str]:
        tokens: list[str] = self._tokenizer.convert_ids_to_tokens(list(ids))
        return tokens


def convert(checkpoint: Path, place: Path, quantization: str) -> None:
    """Convert a checkpoint of transformers, in a folder, for CTranslate2, into another folder."""
    converters: Any = import_module("ctranslate2.converters")

    class Converter(converters.TransformersConverter):  # type: ignore[misc]
        def load_tokenizer(self, *args: Any, **options: Any) -> Any:
            tokenizer = super().load_tokenizer(*args, **options)
            # M2M100's vocabulary lacks its languages since transformers 5.
            words = {**tokenizer.get_vocab(), **getattr(tokenizer, "lang_token_to_id", {})}
            tokenizer.get_vocab = lambda: words
            return tokenizer

    Converter(str(checkpoint)).convert(str(place), quantization=quantization)


def _ctranslate2(where: str) -> ModuleType:
    try:
        return import_module("ctranslate2")
    except ImportError:
        raise MtcheckError(
            Code.PACKAGE_MISSING,
            "the package 'ctranslate2' is not installed",
            where=where,
            mend="Install it: pip install 'mtcheck[ct2]'",
        ) from None


def _place(folder: Path, revision: str) -> Path:
    """Where the converted model of a checkpoint lies: by its commit, or by what is in it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "mtcheck" / "ct2" / (weight_hash(folder) if revision == LOCAL else revision)

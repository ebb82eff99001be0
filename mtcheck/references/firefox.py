"""`firefox:`: the translation models of Firefox, 17 to 44 MB a language pair, on a CPU.

`firefox:sv-en` is a model of fxtranslate's cache, `firefox:` all that are there, `firefox:FOLDER` a model's own folder
or a folder of such. Where two languages have no model together they are translated through English, with two. The
engine is the package fxtranslate (`pip install 'mtcheck[firefox]'`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import chain, permutations
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from babel.core import get_global

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import base_language, check_tag, language_name
from mtcheck.core.results import ModelCard
from mtcheck.core.text import split_sentences
from mtcheck.core.types import Pair
from mtcheck.references.base import REFERENCES, Capability, Present, Progress, ReferenceModel
from mtcheck.references.checkpoints import encodable, first_line, hash_of, unusable
from mtcheck.references.splitting import joined, pieces

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

_PIVOT = "en"
_LICENCE = "MPL-2.0"
# Longer sentences are cut, as Firefox does (Bergamot's max-length-break): the models are trained on shorter ones.
_LONGEST = 128

_Languages = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Files:
    """What a model is made of. Most have one vocabulary for both sides."""

    model: Path
    source_vocabulary: Path
    target_vocabulary: Path
    shortlist: Path | None

    def all(self) -> list[Path]:
        """Each once."""
        paths = dict.fromkeys((self.model, self.source_vocabulary, self.target_vocabulary, self.shortlist))
        return [path for path in paths if path is not None]


@REFERENCES.register
class FirefoxModel(ReferenceModel):
    """Models by language pair, each read when it is first needed, or at once where there are but two."""

    name = "firefox"
    about = "Firefox Translations, a language pair or a folder of them; translates, on a CPU"
    apart = True

    def __init__(self, identifier: str, models: Mapping[_Languages, _Files]) -> None:
        self._models = models
        self._engines: dict[_Languages, Any] = {}
        self._vocabularies: dict[_Languages, SentencePieceProcessor] = {}
        weights = hash_of(path for languages in sorted(models) for path in models[languages].all())
        self._card = ModelCard(
            name=f"firefox:{identifier}".rstrip(":"),
            capabilities=(Capability.TRANSLATE.value,),
            # No file says which version of a model it is.
            revision=weights[:12],
            weight_hash=weights,
            dtype="int8",
            device="cpu",
            licence=_LICENCE,
            languages=tuple(sorted({*chain.from_iterable(models)})),
        )
        if len(models) <= 2:
            for languages in models:
                self._engine(languages)

    @classmethod
    def load(cls, identifier: str, config: ModelConfig) -> FirefoxModel:  # noqa: ARG003 (CPU and int8 alone)
        """The models in the folder `identifier`, or in fxtranslate's cache, of one language pair if it names one.

        Raises MtcheckError: PACKAGE_MISSING; MODEL_NOT_FOUND; MODEL_UNUSABLE if a file is missing or damaged.
        """
        package = _fxtranslate(identifier)
        folder = Path(identifier).expanduser()
        pair = _pair_of(identifier)
        where = f"firefox:{identifier}".rstrip(":")
        if identifier and folder.is_dir():
            found = _models_in(folder)
        elif identifier and not pair:
            found = {}
        else:
            found = _models_in(Path(package.Cache().root))
            if pair:
                found = {languages: found[languages] for languages in _route(*pair, found)}
        if not found:
            raise MtcheckError(
                Code.MODEL_NOT_FOUND,
                "there is no such model on this machine",
                where=where,
                mend=f"Run mtcheck models pull firefox:{identifier if pair else 'sv-en'}, or give a model's folder",
            )
        return cls(identifier, found)

    @classmethod
    def pull(cls, identifier: str, revision: str | None) -> Path:
        """Fetch the models of a pair (`sv-en`), or both that lead through English, from Mozilla; the cache's folder.

        Raises MtcheckError: PACKAGE_MISSING; MODEL_NOT_FOUND if there are none; MODEL_UNUSABLE if they cannot be
        fetched; BAD_CALL for a revision: Mozilla gives the newest alone.
        """
        package = _fxtranslate(identifier)
        where = f"firefox:{identifier}"
        pair = _pair_of(identifier)
        if revision is not None:
            raise MtcheckError(
                Code.BAD_CALL, "models of Firefox have no revisions to choose", where=where, mend="Leave --revision out"
            )
        try:
            records = package.discovery.fetch_records_body()
            try:
                if pair is None:
                    raise ValueError("no language pair")
                package.discovery.resolve_route(records, *pair)
            except ValueError as error:
                raise MtcheckError(
                    Code.MODEL_NOT_FOUND,
                    f"Firefox has no such model ({first_line(error)})",
                    where=where,
                    mend="Give a language pair as in firefox:sv-en",
                ) from error
            package.discovery.add_models(*pair)
        except ValueError as error:  # All that the engine raises.
            raise MtcheckError(
                Code.MODEL_UNUSABLE,
                f"the model could not be fetched ({first_line(error)})",
                where=where,
                mend="Check the network, or copy the model's folder here and give its path",
            ) from error
        return Path(package.Cache().root)

    @classmethod
    def present(cls) -> Sequence[Present]:
        """Each model of fxtranslate's cache, and all of them as one, which also leads through English."""
        try:
            models = _models_in(Path(_fxtranslate("").Cache().root))
        except MtcheckError:
            return []
        found = [Present(f"firefox:{'-'.join(pair)}", _LICENCE, pair, (pair,)) for pair in sorted(models)]
        languages = sorted({*chain.from_iterable(models)})
        routes = tuple(pair for pair in permutations(languages, 2) if _route(*pair, models))
        return [*found, Present("firefox", _LICENCE, tuple(languages), routes)] if len(found) > 1 else found

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def conditions(self) -> Mapping[str, object]:
        """The card has the hash of all files; which lead from a language to another is in their languages."""
        return {"pairs": sorted(self._models)}

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        if _route(source_lang, target_lang, self._models):
            return None
        names = language_name(source_lang), language_name(target_lang)
        return f"{self._card.name} does not translate {names[0]} to {names[1]}"

    def translate(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[str]:
        """The models' translation of each source, sentence by sentence; greedy, so that `num_beams` is of no matter.

        A sentence longer than 128 tokens is translated in parts.
        """
        asked = [pair._replace(target="") for pair in pairs]
        translations: dict[Pair, str] = {}
        for pair, count in Counter(asked).items():
            text, lang = encodable(pair.source), pair.source_lang
            for languages in _route(pair.source_lang, pair.target_lang, self._models):
                following = pair.target_lang if languages[1] != _PIVOT else _PIVOT
                engine = self._engine(languages)
                parts = self._parts(text, lang, languages)
                text, lang = joined([engine.translate(part) for part in parts], following), following
            translations[pair] = text
            if progress:
                progress(count)
        return [translations[pair] for pair in asked]

    def _engine(self, languages: _Languages) -> Any:
        """The loaded model. Raises MODEL_UNUSABLE."""
        if languages not in self._engines:
            import sentencepiece

            files = self._models[languages]
            package = _fxtranslate("-".join(languages))
            try:
                self._vocabularies[languages] = sentencepiece.SentencePieceProcessor(
                    model_file=str(files.source_vocabulary)
                )
                self._engines[languages] = package.Translator(
                    model=files.model.read_bytes(),
                    src_vocab=files.source_vocabulary.read_bytes(),
                    trg_vocab=files.target_vocabulary.read_bytes(),
                    shortlist=files.shortlist.read_bytes() if files.shortlist else None,
                )
            except (ValueError, OSError, RuntimeError) as error:
                raise unusable(str(files.model.parent), first_line(error)) from error
        return self._engines[languages]

    def _parts(self, text: str, lang: str, languages: _Languages) -> list[str]:
        """The sentences of a text, those over the limit in parts."""
        vocabulary = self._vocabularies[languages]

        def fits(piece: str) -> bool:
            return len(vocabulary.encode(piece)) <= _LONGEST

        return [piece.strip() for span in split_sentences(text, lang) for piece in pieces(span.of(text), fits)]


def _fxtranslate(identifier: str) -> ModuleType:
    try:
        return import_module("fxtranslate")
    except ImportError:
        raise MtcheckError(
            Code.PACKAGE_MISSING,
            "the package 'fxtranslate' is not installed",
            where=f"firefox:{identifier}".rstrip(":"),
            mend="Install it: pip install 'mtcheck[firefox]'",
        ) from None


def _route(source_lang: str, target_lang: str, models: Mapping[_Languages, _Files]) -> list[_Languages]:
    """The models that lead from one language to the other: one, or two through English; none where there are none."""

    def step(source: str, target: str) -> _Languages | None:
        wanted = _variety(source), _variety(target)
        return next((pair for pair in models if (_variety(pair[0]), _variety(pair[1])) == wanted), None)

    if direct := step(source_lang, target_lang):
        return [direct]
    first, second = step(source_lang, _PIVOT), step(_PIVOT, target_lang)
    return [first, second] if first and second else []


def _variety(tag: str) -> tuple[str | None, str]:
    """The language and the script of a tag: `zh` and `Hant` of `zh-TW`."""
    base = base_language(tag)
    parts = tag.split("-")[1:]
    script = next((part for part in parts if len(part) == 4 and part.isalpha()), None)
    region = next((part for part in parts if len(part) == 2), None)
    likely: Mapping[str, str] = get_global("likely_subtags")
    full = likely.get(f"{base}_{region}") or likely.get(base or "") or "__"
    return base, script or full.split("_")[1]


def _pair_of(name: str) -> _Languages | None:
    """The languages of `sv-en`, `en-zh-Hant`; None if it names no two."""
    subtags = name.split("-")
    for at in range(1, len(subtags)):
        try:
            return check_tag("-".join(subtags[:at]), where=name), check_tag("-".join(subtags[at:]), where=name)
        except MtcheckError:
            continue
    return None


def _models_in(folder: Path) -> dict[_Languages, _Files]:
    """Models in a folder or in the folders within it. Raises MODEL_UNUSABLE for one that is not complete."""
    if not folder.is_dir():
        return {}
    found = {}
    for place in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        for model in sorted(place.glob("model.*.bin"))[:1]:
            code = model.name.split(".")[1]
            languages = _pair_of(place.name) or _pair_of(f"{code[:2]}-{code[2:]}")
            if languages is None:
                raise unusable(str(place), "its languages are not known", mend="Name the folder by them, as in sv-en")
            found[languages] = _files(model)
    return found


def _files(model: Path) -> _Files:
    folder = model.parent
    shared, source, target, shortlists = (
        sorted(folder.glob(pattern)) for pattern in ("vocab.*.spm", "srcvocab.*.spm", "trgvocab.*.spm", "lex.*.bin")
    )
    source, target = source or shared, target or shared
    if not (source and target):
        raise unusable(str(folder), "its vocabulary (vocab.*.spm, or srcvocab and trgvocab) is not there")
    return _Files(model, source[0], target[0], shortlists[0] if shortlists else None)

"""The reading station: whatever the user named, as one stream of articles that know their languages."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from mtcheck.core.config import Config
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.identify import Identified, identify
from mtcheck.core.languages import language_name
from mtcheck.core.results import InputFile
from mtcheck.core.types import Article
from mtcheck.readers.base import READERS, STDIN, InputText, Item, Reader, fixed_path
from mtcheck.readers.parallel import name_systems, read_parallel
from mtcheck.readers.records import articles

# How many items of a file are looked at to identify a language that nobody stated.
_PEEK = 200


@dataclass(frozen=True)
class Inputs:
    """What the user named: files, folders, patterns or `-`; or parallel text in `source` and `targets`."""

    paths: tuple[str, ...] = ()
    source: str | None = None
    targets: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """A short name for the run."""
        first = (self.targets or self.paths or ("run",))[0]
        return "stdin" if first == STDIN else Path(first.split("=", 1)[-1]).name.split(".")[0].strip("*?[]") or "run"


class Guess(NamedTuple):
    """A language that nobody stated, identified for one side of one file."""

    side: str
    file: str
    found: Identified


@dataclass
class Stream:
    """Items in order; `notes` and `files` are complete when the items are used up."""

    items: Iterable[Item]
    notes: list[str] = field(default_factory=list)
    files: list[InputFile] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    """Lines of each file that carries translations, for progress."""
    identified: list[Guess] = field(default_factory=list)
    translations: dict[str, tuple[InputText, Reader]] = field(default_factory=dict)
    """The files that carry translations, with what reads them, so that they can be written again."""

    def all_notes(self) -> list[str]:
        """The notes, with the languages that were identified, one note a side and language."""
        groups: dict[tuple[str, str], list[Guess]] = {}
        for guess in self.identified:
            groups.setdefault((guess.side, guess.found.language), []).append(guess)
        said = []
        for (side, language), guesses in groups.items():
            where = guesses[0].file if len(guesses) == 1 else f"{len(guesses)} files"
            confidence = min(guess.found.confidence for guess in guesses)
            said.append(
                f"{where}: {side} language not stated; identified as {language_name(language)} "
                f"with confidence {confidence:.2f}"
            )
        return [*said, *self.notes]


def read_inputs(inputs: Inputs, config: Config) -> Stream:
    """One stream over all inputs. Raises coded errors: for what cannot be found at once, for content as it is read."""
    stream = Stream(())
    if inputs.source is not None:
        if not inputs.targets or inputs.paths:
            raise MtcheckError(
                Code.BAD_CALL,
                "parallel text needs a translation and nothing else",
                where="--source",
                mend="Give --source and --target (and --reference), or INPUT files alone",
            )
        parts = [_parallel(inputs, config, stream)]
    else:
        if inputs.references:
            raise MtcheckError(
                Code.BAD_CALL,
                "reference files go with parallel text",
                where="--reference",
                mend="Give --source and --target too, or put the references into the records",
            )
        names = _expand((*inputs.paths, *inputs.targets), skip_fixed=config.fix)
        opened = [(text, _reader_for(text)) for text in map(InputText.open, names)]
        for text, reader in opened:
            _register(text, stream, reader)
        parts = [_single(text, reader, config, stream) for text, reader in opened]
    stream.items = chain.from_iterable(parts)
    return stream


def _expand(names: Sequence[str], *, skip_fixed: bool) -> list[str]:
    """The files named; `skip_fixed` leaves out those in folders and patterns that an earlier --fix wrote."""
    if not names:
        raise MtcheckError(
            Code.NO_INPUT,
            "nothing to check was named",
            where="INPUT",
            mend="Name a file, a folder, or - for standard input",
        )
    found: list[str] = []
    for name in names:
        path = Path(name)
        if name != STDIN and path.is_dir():
            suffixes = {suffix for reader in READERS for suffix in reader.suffixes}
            inside = sorted(str(file) for file in path.rglob("*") if file.is_file() and file.suffix.lower() in suffixes)
            if not inside:
                raise MtcheckError(
                    Code.NO_INPUT,
                    "the folder holds no file of a known format",
                    where=name,
                    mend=f"Known endings: {', '.join(sorted(suffixes))}",
                )
            found += _originals(inside) if skip_fixed else inside
        elif name != STDIN and _is_pattern(name):
            found += _originals(_matches(name)) if skip_fixed else _matches(name)
        else:
            found.append(name)
    return found


def _originals(names: list[str]) -> list[str]:
    written = {str(fixed_path(Path(name))) for name in names}
    return [name for name in names if name not in written]


def _is_pattern(name: str) -> bool:
    """A name with wildcards, unless a file is really called so."""
    return glob.has_magic(name) and not Path(name).exists()


def _matches(pattern: str) -> list[str]:
    matches = sorted(match for match in glob.glob(pattern, recursive=True) if Path(match).is_file())  # noqa: PTH207
    if not matches:
        raise MtcheckError(Code.FILE_NOT_FOUND, "no file matches the pattern", where=pattern, mend="Check the pattern")
    return matches


def _reader_for(text: InputText) -> Reader:
    known = {suffix: reader for reader in READERS for suffix in reader.suffixes}
    if text.suffix in known:
        return known[text.suffix]()
    if text.name != STDIN:
        # A language as the last ending is how parallel files are often named: article.en
        if text.suffix and len(text.suffix) <= 3:
            return READERS.get("text")()
        raise MtcheckError(
            Code.UNKNOWN_FORMAT,
            f"files ending in '{text.suffix}' cannot be read",
            where=text.name,
            mend=f"Known endings: {', '.join(sorted(known))}",
        )
    first = next((line for _, line in text.lines() if line.strip()), "")
    for reader in READERS:
        if reader().sniff(first):
            return reader()
    return READERS.get("text")()


def _single(text: InputText, reader: Reader, config: Config, stream: Stream) -> Iterator[Item]:
    yield from _with_languages(reader.read(text), text.name, config, stream)
    stream.notes.extend(text.notes)


def _register(text: InputText, stream: Stream, reader: Reader | None = None) -> None:
    """`reader` is that of a file of translations."""
    fingerprint, lines = text.fingerprint()
    stream.files.append(fingerprint)
    if reader:
        stream.lines[text.name] = lines
        stream.translations[text.name] = text, reader


def _parallel(inputs: Inputs, config: Config, stream: Stream) -> Iterator[Item]:
    assert inputs.source is not None
    names: list[str | None] = []
    files: list[str] = []
    for given in inputs.targets:
        system, _, path = given.rpartition("=") if "=" in given and not Path(given).exists() else ("", "", given)
        matches = _matches(path) if _is_pattern(path) else [path]
        files += matches
        names += [system or None] * len(matches)
    source = InputText.open(inputs.source)
    translations = name_systems([InputText.open(file) for file in files], names)
    references = [InputText.open(file) for file in inputs.references]
    for text in (source, *references):
        _register(text, stream)
    for translation in translations:
        _register(translation.text, stream, READERS.get("text")())
    return chain.from_iterable(
        _with_languages(
            read_parallel(source, translation, references, config.layout),
            translation.text.name,
            config,
            stream,
        )
        for translation in translations
    )


def _with_languages(items: Iterable[Item], name: str, config: Config, stream: Stream) -> Iterator[Item]:
    """The file's own languages, else the options', else identified from the file's beginning, and said so."""
    iterator = iter(items)
    peeked = list(islice(iterator, _PEEK))
    source_lang, target_lang = config.source_lang, config.target_lang
    if target_lang is None and any(item.target_lang is None for item in peeked):
        target_lang = _identified(peeked, "target", name, stream)
    if source_lang is None and any(item.source_lang is None for item in peeked):
        source_lang = _identified(peeked, "source", name, stream)
    for item in chain(peeked, iterator):
        yield _fill(item, source_lang, target_lang)


def _identified(items: Sequence[Item], side: str, name: str, stream: Stream) -> str | None:
    texts = (text for item in items for text in _texts(item, side))
    found = identify(texts)
    if found is None:
        return None
    stream.identified.append(Guess(side, name, found))
    return found.language


def _texts(item: Item, side: str) -> Iterator[str]:
    if isinstance(item, Article):
        yield from (text for segment in item.segments if (text := getattr(segment, side)))
    else:
        yield from (paragraph.text for paragraph in getattr(item, side))


def _fill(item: Item, source_lang: str | None, target_lang: str | None) -> Item:
    if item.source_lang is not None and item.target_lang is not None:
        return item
    if not isinstance(item, Article):
        return replace(item, source_lang=item.source_lang or source_lang, target_lang=item.target_lang or target_lang)
    segments = tuple(
        replace(
            segment,
            source_lang=segment.source_lang or (source_lang if segment.source is not None else None),
            target_lang=segment.target_lang or target_lang,
        )
        for segment in item.segments
    )
    return replace(item, segments=segments)


def read_records(records: Iterable[Mapping[str, Any]], config: Config) -> Stream:
    """One stream of records in the native form, numbered from 1."""
    text = InputText("records", b"")
    stream = Stream(())
    numbered = ((number, dict(record)) for number, record in enumerate(records, start=1))
    stream.items = _with_languages(articles(text, numbered), text.name, config, stream)
    return stream

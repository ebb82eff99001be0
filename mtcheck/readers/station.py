"""The reading station: whatever the user named, as one stream of articles that know their languages."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from mtcheck.core.config import Config
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.identify import Identified, identify
from mtcheck.core.languages import language_name
from mtcheck.core.results import InputFile, LeftOut, Refused
from mtcheck.core.text import visible
from mtcheck.core.types import Article
from mtcheck.readers import dataset
from mtcheck.readers.base import READERS, STDIN, InputText, Item, Reader, fixed_path
from mtcheck.readers.documents import DocumentReader
from mtcheck.readers.input import LISTED, Archive, tolerant
from mtcheck.readers.markup import first_element
from mtcheck.readers.pairing import File, matched
from mtcheck.readers.parallel import Translation, name_systems, read_parallel
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
    texts: list[InputText] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def refused(self) -> tuple[Refused, ...]:
        """The first records that could not be read, as far as the items are used up."""
        return tuple(islice((entry for text in self.texts for entry in text.refused.first), LISTED))

    @property
    def refused_count(self) -> int:
        return sum(text.refused.count for text in self.texts)

    def all_left_out(self) -> tuple[LeftOut, ...]:
        """What the inputs hold that is nothing to check."""
        return (*self.left_out, *(entry for text in self.texts for entry in text.all_left_out()))

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
        count = self.refused_count
        if count:
            verb = "records that could not be read were" if count > 1 else "record that could not be read was"
            said.append(f"{count:,} {verb} passed over, as --lenient asks")
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
        found = _expand((*inputs.paths, *inputs.targets), config, stream)
        opened = [(file.text, reader) for file in found for reader in _readers_for(file.text, stream)]
        for text, reader in opened:
            _register(text, stream, reader)
        parts = [_single(text, reader, config, stream) for text, reader in opened]
    stream.items = chain.from_iterable(parts)
    return stream


class _Named(NamedTuple):
    """A file, and its name within what the user named."""

    text: InputText
    relative: str


def _open(name: str, config: Config) -> InputText:
    options: dict[str, Any] = {
        "given_encoding": config.encoding,
        "lenient": config.lenient,
        "columns": dict(config.columns),
        "languages": (config.source_lang, config.target_lang),
    }
    if name.startswith(dataset.PREFIX):
        return InputText(name, b"", **options)
    return InputText.open(name, **options)


def _expand(names: Sequence[str], config: Config, stream: Stream) -> list[_Named]:
    """The files named, those in folders, patterns and archives; with --fix without those that it wrote before."""
    if not names:
        raise MtcheckError(
            Code.NO_INPUT,
            "nothing to check was named",
            where="INPUT",
            mend="Name a file, a folder, or - for standard input",
        )
    found: list[_Named] = []
    for name in names:
        path = Path(name)
        is_special = name == STDIN or name.startswith(dataset.PREFIX)
        if not is_special and path.is_dir():
            files = sorted(str(file) for file in path.rglob("*") if file.is_file())
            inside = [file for file in (_originals(files) if config.fix else files) if _is_known(file)]
            inner = [_members(file, str(Path(file).relative_to(path)), config, stream) for file in inside]
            found += _wanted(list(chain.from_iterable(inner)), len(files) - len(inside), name, "folder", stream)
        elif not is_special and _is_pattern(name):
            matches = _originals(_matches(name)) if config.fix else _matches(name)
            root = os.path.commonpath([str(Path(match).parent) for match in matches])
            for match in matches:
                found += _members(match, str(Path(match).relative_to(root)), config, stream)
        else:
            found += _members(name, path.name, config, stream)
    return found


_UNKNOWN = "files of no known format"


def _is_known(file: str) -> bool:
    name = file.lower().removesuffix(".gz").removesuffix(".zst")
    # What macOS puts beside each file that it packs has the file's name, and none of its text.
    if Path(name).name.startswith("._"):
        return False
    return Path(name).suffix in {".zip", *(suffix for reader in READERS for suffix in reader.suffixes)}


def _nothing_known(name: str, kind: str) -> MtcheckError:
    suffixes = {suffix for reader in READERS for suffix in reader.suffixes}
    return MtcheckError(
        Code.NO_INPUT,
        f"the {kind} holds no file of a known format",
        where=name,
        mend=f"Known endings: {', '.join(sorted(suffixes))}",
    )


def _members(name: str, relative: str, config: Config, stream: Stream) -> list[_Named]:
    """The file itself, or the files in it if it is an archive.

    Raises BAD_ENCODING for a name that is not UTF-8: results name the files that they are of, and cannot name it.
    """
    if any("\ud800" <= char <= "\udfff" for char in name):
        raise MtcheckError(
            Code.BAD_ENCODING, "the file's name is not UTF-8", where=visible(name), mend="Rename the file"
        )
    text = _open(name, config)
    if text.packing != ".zip":
        return [_Named(text, relative)]
    try:
        archive = Archive(name, text.raw() if name == STDIN else None)
        members = archive.members()
    except MtcheckError as error:
        stream.texts.append(text)
        text.refuse(error)
        return []
    known = [member for member in members if _is_known(member) and not member.lower().endswith(".zip")]
    inside = Path(relative).with_suffix("") if relative != Path(name).name else Path()
    files = [
        _Named(text.afresh(name=f"{name}!/{member}", archive=archive, member=member), str(inside / member))
        for member in known
    ]
    return _wanted(files, len(members) - len(known), name, "archive", stream)


def _wanted(files: Sequence[_Named], others: int, name: str, kind: str, stream: Stream) -> list[_Named]:
    """The files that some reader takes; of endings that much else has too, those that look like its format."""
    found = [file for file in files if file.text.suffix not in _COMMON or _sniffed(file.text)]
    if not found:
        raise _nothing_known(name, kind)
    others += len(files) - len(found)
    if others:
        stream.left_out.append(LeftOut(name, _UNKNOWN, others))
    return found


_COMMON = (".json", ".xml")


def _sniffed(text: InputText) -> bool:
    try:
        head = text.head()
    except MtcheckError:
        # What cannot be unpacked is refused when it is read.
        return True
    return any(text.suffix in reader.suffixes and reader().sniff(head) for reader in READERS)


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


def _readers_for(text: InputText, stream: Stream) -> Iterator[Reader]:
    """The reader of a file; none, and the file counted, where it has none and such files are to be passed over."""
    try:
        yield _reader_for(text)
    except MtcheckError as error:
        stream.texts.append(text)
        text.refuse(error)


def _reader_for(text: InputText) -> Reader:
    if text.name.startswith(dataset.PREFIX):
        return READERS.get("datasets")()
    candidates = [reader() for reader in READERS if text.suffix in reader.suffixes]
    if len(candidates) == 1:
        return candidates[0]
    if text.name == STDIN or candidates:
        head = text.head()
        possible = candidates or [reader() for reader in READERS]
        chosen = next((reader for reader in possible if reader.sniff(head)), None)
        if chosen is not None:
            return chosen
        element = first_element(head) if head[:1] == "<" else None
        if element is not None:
            raise MtcheckError(
                Code.UNKNOWN_FORMAT,
                f"markup that begins with <{element}> is no known format",
                where=text.name,
                mend="Give whole documents: XLIFF, TMX, NewsML-G2, NITF or HTML",
            )
        if not candidates:
            return READERS.get("text")()
        raise MtcheckError(
            Code.UNKNOWN_FORMAT,
            f"the content is none of {', '.join(reader.name for reader in candidates)}",
            where=text.name,
            mend="Give a whole document of one of these formats",
        )
    # A language as the last ending is how parallel files are often named: article.en
    if text.suffix and len(text.suffix) <= 3:
        return READERS.get("text")()
    known = {suffix for reader in READERS for suffix in reader.suffixes}
    raise MtcheckError(
        Code.UNKNOWN_FORMAT,
        f"files ending in '{text.suffix}' cannot be read",
        where=text.name,
        mend=f"Known endings: {', '.join(sorted(known))}, each also packed (.gz, .zst, .zip)",
    )


def _single(text: InputText, reader: Reader, config: Config, stream: Stream) -> Iterator[Item]:
    yield from _with_languages(tolerant(text, reader.read(text)), text.name, config, stream)
    stream.notes.extend(text.notes)


def _register(text: InputText, stream: Stream, reader: Reader | None = None) -> None:
    """`reader` is that of a file of translations."""
    stream.texts.append(text)
    try:
        fingerprint, lines = text.fingerprint()
    except MtcheckError as error:
        # What cannot be unpacked is passed over once, when it is read.
        if not text.lenient:
            raise error from None
        return
    stream.files.append(fingerprint)
    if reader:
        stream.lines[text.name] = lines
        stream.translations[text.name] = text, reader


def _parallel(inputs: Inputs, config: Config, stream: Stream) -> Iterator[Item]:
    assert inputs.source is not None
    sources = _expand((inputs.source,), config, stream)
    alone = len(sources) == 1 and not Path(inputs.source).is_dir()
    names: list[str | None] = []
    groups: list[list[_Named]] = []
    for given in inputs.targets:
        system, _, path = given.rpartition("=") if "=" in given and not Path(given).exists() else ("", "", given)
        files = _expand((path,), config, stream)
        # Beside one source, each file that a pattern matches is another system's translation.
        parts = [[file] for file in files] if alone else [files]
        groups += parts
        names += [system or None] * len(parts)
    references = [_open(file, config) for file in inputs.references]
    readers = {id(file.text): reader for file in chain(sources, *groups) for reader in _readers_for(file.text, stream)}
    sources = [file for file in sources if id(file.text) in readers]
    kept = [[file for file in group if id(file.text) in readers] for group in groups]
    if not sources or not all(kept):
        # What was passed over is counted; of the rest nothing has a counterpart.
        return iter(())
    groups = kept
    for file in sources:
        _register(file.text, stream)
    for text in references:
        _register(text, stream)
    for file in chain.from_iterable(groups):
        _register(file.text, stream, readers[id(file.text)])
    if alone and all(reader.name == "text" for reader in readers.values()):
        translations = name_systems([group[0].text for group in groups], names)
        return chain.from_iterable(
            _with_languages(
                tolerant(translation.text, _lines_of(sources[0].text, translation, references, config, stream)),
                translation.text.name,
                config,
                stream,
            )
            for translation in translations
        )
    if references:
        raise MtcheckError(
            Code.BAD_CALL,
            "reference files go with parallel plain text",
            where="--reference",
            mend="Put the references into records, or leave them out",
        )
    for file in chain(sources, *groups):
        reader = readers[id(file.text)]
        if not isinstance(reader, DocumentReader):
            raise MtcheckError(
                Code.BAD_CALL,
                f"a file of the format '{reader.name}' holds sources and translations already",
                where=file.text.name,
                mend="Give it as INPUT alone, without --source and --target",
            )
    return _articles(
        sources, list(zip(_systems(groups, names, inputs.targets), groups, strict=True)), readers, config, stream
    )


def _lines_of(
    source: InputText, translation: Translation, references: Sequence[InputText], config: Config, stream: Stream
) -> Iterator[Item]:
    """Parallel plain text. A line that cannot be read would shift all that follow, so the whole file is refused."""
    texts = [replace(text, lenient=False, notes=[]) for text in (source, translation.text, *references)]
    for text in texts:
        text.detect()
    yield from read_parallel(texts[0], Translation(translation.system, texts[1]), texts[2:], config.layout)
    stream.notes.extend(note for text in texts for note in text.notes if note not in stream.notes)


def _systems(groups: Sequence[Sequence[_Named]], names: Sequence[str | None], given: Sequence[str]) -> list[str | None]:
    """Systems by the names given; of several folders by theirs, of several files by what differs in their names."""
    if all(len(group) == 1 for group in groups):
        return [translation.system for translation in name_systems([group[0].text for group in groups], names)]
    folders = [Path(path).name for path in given]
    return [name or (folder if len(groups) > 1 else None) for name, folder in zip(names, folders, strict=True)]


def _articles(
    sources: Sequence[_Named],
    groups: Sequence[tuple[str | None, Sequence[_Named]]],
    readers: Mapping[int, Reader],
    config: Config,
    stream: Stream,
) -> Iterator[Item]:
    def files(side: Sequence[_Named]) -> list[File]:
        found = ((file, readers[id(file.text)]) for file in side)
        return [File(file.text, reader, file.relative) for file, reader in found if isinstance(reader, DocumentReader)]

    for system, group in groups:
        title = group[0].text.name if len(group) == 1 else f"{len(group)} files"
        pairs = matched(files(sources), files(group), config.match, system, stream.notes)
        yield from _with_languages(pairs, title, config, stream)
    for file in chain(sources, *(group for _, group in groups)):
        stream.notes.extend(file.text.notes)


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
    text = InputText("records", b"", lenient=config.lenient, columns=dict(config.columns))
    stream = Stream((), texts=[text])
    numbered = ((number, dict(record)) for number, record in enumerate(records, start=1))
    stream.items = _with_languages(articles(text, numbered), text.name, config, stream)
    return stream

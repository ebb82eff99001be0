"""Glossaries: TOML, CSV, and TBX (ISO 30042, both the `martif` form of 2008 and the `tbx` form of 2019).

TOML has tables `[[term]]`, CSV a header line, both with the fields of `core.glossary.Term`; in CSV several target
terms are parted by `|`. In TBX the terms of one concept stand for one another, in each pair of its languages; one with
the administrative status deprecated or superseded is forbidden.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import TypeAdapter, ValidationError

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.glossary import Glossary, Term
from mtcheck.core.languages import check_tag
from mtcheck.core.results import InputFile

_TERM = TypeAdapter(Term)
_LISTS = ("targets", "forbidden")
_FIELDS = frozenset(field.name for field in fields(Term))
_NOT_ASKED = frozenset(("note",))
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_BARRED = ("deprecated", "superseded", "forbidden", "obsolete")


def read_glossaries(files: Sequence[Path]) -> tuple[Glossary, tuple[InputFile, ...]]:
    """The terms of all files, and what was read. Raises FILE_NOT_FOUND, BAD_GLOSSARY, UNKNOWN_FORMAT."""
    terms: list[Term] = []
    read: list[InputFile] = []
    for file in files:
        reader = _READERS.get(file.suffix.lower())
        if reader is None:
            raise MtcheckError(
                Code.UNKNOWN_FORMAT,
                f"'{file.suffix or file.name}' is no form of glossary",
                where=str(file),
                mend=f"Give one of {', '.join(_READERS)}",
            )
        try:
            data = file.read_bytes()
        except OSError as error:
            raise MtcheckError(
                Code.FILE_NOT_FOUND,
                f"the glossary cannot be read ({error.strerror})",
                where=str(file),
                mend="Check the path given with --glossary",
            ) from None
        terms += reader(data, str(file))
        read.append(InputFile(str(file), hashlib.sha256(data).hexdigest(), len(data)))
    return Glossary(terms), tuple(read)


def _text(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _bad(file, "it is not UTF-8", "Save it as UTF-8") from None


def _toml(data: bytes, file: str) -> Iterator[Term]:
    text = _text(data, file)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad(file, f"it is not TOML ({error})", "Mend the TOML") from None
    entries = tables.pop("term", [])
    if tables or not isinstance(entries, list):
        raise _bad(file, f"there is no table '{next(iter(tables), 'term')}'", "Write each term as a table [[term]]")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith("[[")]
    for position, entry in enumerate(entries):
        where = f"{file}:{lines[position]}" if len(lines) == len(entries) else f"{file}, term {position + 1}"
        yield _term(entry, where)


def _csv(data: bytes, file: str) -> Iterator[Term]:
    text = _text(data, file)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in rows:
            where = f"{file}:{rows.line_num}"
            if None in row or None in row.values():
                raise _bad(
                    where, "the row has not as many fields as the header", "Quote a field that holds the delimiter"
                )
            yield _term({name: _cell(name.strip(), value) for name, value in row.items() if value.strip()}, where)
    except csv.Error as error:
        raise _bad(f"{file}:{rows.line_num}", f"it is not CSV ({error})", "Mend the row") from None


def _cell(name: str, value: str) -> object:
    if name in _LISTS:
        return [part.strip() for part in value.split("|") if part.strip()]
    return value.strip()


def _term(entry: Any, where: str) -> Term:
    if not isinstance(entry, Mapping):
        raise _bad(where, "the entry is no table", "Write each term as a table [[term]]")
    given = {name.strip(): value for name, value in entry.items() if name.strip() not in _NOT_ASKED}
    unknown = sorted(given.keys() - _FIELDS)
    if unknown:
        raise _bad(where, f"there is no field '{unknown[0]}'", f"Known fields: {', '.join(sorted(_FIELDS))}, note")
    for name in _LISTS:
        if isinstance(given.get(name), str):
            given[name] = [given[name]]
    try:
        term = _TERM.validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise _bad(where, f"{'.'.join(map(str, first['loc']))}: {first['msg']}", "Mend the entry") from None
    return _checked(term, where)


def _checked(term: Term, where: str) -> Term:
    for tag in (term.source_lang, term.target_lang):
        if tag is not None:
            check_tag(tag, where=where)
    words = (*term.targets, *term.forbidden, *((term.source,) if term.source is not None else ()))
    if any(not any(map(str.isalnum, word)) for word in words):
        raise _bad(where, "a term has no letter", "Give each term its text, or leave the field out")
    if not term.forbidden and (term.source is None or not (term.targets or term.keep)):
        raise _bad(where, "the entry asks nothing", "Give 'source' with 'targets' or 'keep', or 'forbidden'")
    return term


def _tbx(data: bytes, file: str) -> Iterator[Term]:
    try:
        root = fromstring(data, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except ParseError as error:
        line = error.position[0]
        raise _bad(f"{file}:{line}", f"it is not XML ({error.msg})", "Mend the XML") from None
    except (DefusedXmlException, ValueError, LookupError) as error:
        raise _bad(file, f"the XML is not safe ({type(error).__name__})", "Take the entities out") from None
    if _name(root) not in ("martif", "tbx"):
        raise _bad(file, f"the XML is <{_name(root)}>, not TBX", "Give a TBX file")
    for number, concept in enumerate((node for node in root.iter() if _name(node) in ("termEntry", "conceptEntry")), 1):
        where = f"{file}, concept {concept.get('id') or number}"
        sections = [
            (check_tag(tag, where=where), list(_terms_of(node)))
            for node in concept
            if _name(node) in ("langSet", "langSec") and (tag := node.get(_LANG) or node.get("lang"))
        ]
        for source_lang, sources in sections:
            for target_lang, targets in sections:
                if source_lang == target_lang:
                    continue
                good = tuple(text for text, barred in targets if not barred)
                bad = tuple(text for text, barred in targets if barred)
                for source, _ in sources if good or bad else ():
                    yield _checked(Term(source, good, bad, source_lang=source_lang, target_lang=target_lang), where)


def _terms_of(section: Element) -> Iterator[tuple[str, bool]]:
    for group in section.iter():
        if _name(group) not in ("tig", "ntig", "termSec"):
            continue
        term = next((node for node in group.iter() if _name(node) == "term"), None)
        text = "" if term is None else " ".join("".join(term.itertext()).split())
        if text:
            status = " ".join(
                (node.text or "").casefold()
                for node in group.iter()
                if node.get("type") == "administrativeStatus" or _name(node) == "administrativeStatus"
            )
            yield text, any(word in status for word in _BARRED)


def _name(node: Element) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _bad(where: str, what: str, mend: str) -> MtcheckError:
    return MtcheckError(Code.BAD_GLOSSARY, what, where=where, mend=mend)


_READERS: dict[str, Callable[[bytes, str], Iterator[Term]]] = {".toml": _toml, ".csv": _csv, ".tbx": _tbx}

"""TMX (translation memories): the pair of languages asked for, or the only one there is, of each unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import base_language, check_tag
from mtcheck.core.types import Origin, Role, Segment, Unit
from mtcheck.readers.base import READERS, Changes, Item, Reader
from mtcheck.readers.bilingual import Inline, Scheme, flatten, grouped, stated_role, texts
from mtcheck.readers.input import InputText
from mtcheck.readers.markup import Node, read_xml, root_is
from mtcheck.readers.rewriting import rewritten

_SCHEME = Scheme(
    unseen=("bpt", "ept", "ph", "it", "ut"),
    opens=("bpt",),
    closes=("ept",),
    key=lambda node: node.get("i") or node.get("x") or "",
)


@READERS.register
class Tmx(Reader):
    """Translation units as pairs; those with a property `article` join their neighbours of the same one."""

    name = "tmx"
    suffixes = (".tmx", ".xml")
    about = "TMX 1.x; of several languages the pair that -s and -t name"

    def sniff(self, head: str) -> bool:
        return root_is(head, "tmx")

    def read(self, text: InputText) -> Iterable[Item]:
        yield from grouped((article, segment) for article, segment, _ in self._segments(text))

    def rewrite(self, text: InputText, changes: Changes) -> Iterator[str]:
        return rewritten(text, changes, self._placed)

    def _placed(self, text: InputText) -> Iterator[tuple[Segment, Inline]]:
        return ((segment, target) for _, segment, target in self._segments(text, placed=True))

    @staticmethod
    def _segments(text: InputText, *, placed: bool = False) -> Iterator[tuple[str | None, Segment, Inline]]:
        """What article each segment is of, the segment, and its translation."""
        default: str | None = None
        targets: set[str] = set()
        seen: Counter[int] = Counter()
        places: Counter[str] = Counter()
        number = 0
        found = False
        for node, _ in read_xml(text, ("header", "tu"), placed=placed):
            if node.name == "header":
                default = node.get("srclang")
                continue
            number += 1
            try:
                variants = _variants(node, text)
                pair = _chosen(node, variants, node.get("srclang") or default, targets, text)
            except MtcheckError as error:
                text.refuse(error)
                continue
            if pair is None:
                text.leave_out("units without both languages")
                text.leave_out("variants in other languages", max(0, len(variants) - 1))
                continue
            text.leave_out("variants in other languages", len(variants) - 2)
            found = True
            source, target = pair
            properties = {prop.get("type"): prop.flat for prop in node.nodes if prop.name == "prop"}
            article = properties.get("article") or properties.get("x-article")
            unit = node.get("tuid") or str(number)
            if node.get("tuid"):
                # Ids need not be unique; of millions of them only hashes are kept.
                seen[hash(unit)] += 1
                unit = unit if seen[hash(unit)] == 1 else f"{unit}@{node.line}"
            notes = tuple(note.flat for note in node.nodes if note.name == "note" and note.flat)
            for suffix, left, right in texts(*(flatten(variant[1], _SCHEME) for variant in (source, target))):
                if not left.text.strip() and not right.text.strip():
                    text.leave_out("units without text", not suffix)
                    continue
                identifier = f"{text.label}#{unit}{suffix}"
                segment = Segment(
                    id=identifier,
                    article=article or identifier,
                    index=places[article] if article else 0,
                    target=right.text,
                    source=left.text or None,
                    role=stated_role(properties.get("role") or properties.get("x-role"), Role.OTHER),
                    source_lang=source[0],
                    target_lang=target[0],
                    origin=Origin(text.name, target[1].line, f"{unit}{suffix}"),
                    unit=Unit(notes=notes, source_tags=left.tags, target_tags=right.tags),
                )
                yield article, segment, right
                if article:
                    places[article] += 1
        if not found and not text.refused.count:
            raise MtcheckError(
                Code.NO_ARTICLE,
                f"none of its {number} units has both languages" if number else "it holds no unit",
                where=text.name,
                mend="Name the languages with -s and -t as the file has them",
            )


def _variants(node: Node, text: InputText) -> list[tuple[str, Node]]:
    found = []
    for variant in node.nodes:
        segment = variant.find("seg") if variant.name == "tuv" else None
        if segment is None:
            continue
        tag = variant.get("xml:lang") or variant.get("lang")
        if tag is None:
            raise MtcheckError(
                Code.BAD_RECORD,
                "a variant states no language",
                where=f"{text.name}:{variant.line}",
                mend="Give every <tuv> its xml:lang",
            )
        found.append((check_tag(tag, where=f"{text.name}:{variant.line}"), segment))
    return found


def _chosen(
    node: Node, variants: list[tuple[str, Node]], srclang: str | None, targets: set[str], text: InputText
) -> tuple[tuple[str, Node], tuple[str, Node]] | None:
    """Source and target variant; `targets` remembers the language that was taken where nobody named one."""
    wanted_source, wanted_target = text.languages
    stated = None if srclang is None or srclang.casefold() == "*all*" else srclang
    if wanted_source or stated:
        source = _of_language(variants, wanted_source or stated)
    else:
        source = next((variant for variant in variants if not _is_of(variant, wanted_target)), None)
    if source is None:
        return None
    others = [variant for variant in variants if base_language(variant[0]) != base_language(source[0])]
    others = others or [variant for variant in variants if variant[0] != source[0]]
    if wanted_target is not None:
        target = _of_language(others, wanted_target)
    else:
        targets.update(tag for tag, _ in others)
        if len(targets) > 1:
            raise MtcheckError(
                Code.BAD_CALL,
                f"the file has more than one target language: {', '.join(sorted(targets))}",
                where=f"{text.name}:{node.line}",
                mend="Name the one to check with -t" + ("" if stated else ", and the source language with -s"),
            )
        target = others[0] if others else None
    return (source, target) if target is not None else None


def _of_language(variants: list[tuple[str, Node]], wanted: str | None) -> tuple[str, Node] | None:
    """The variant in exactly this language, else in a variety of it."""
    if wanted is None:
        return None
    exact = (variant for variant in variants if variant[0].casefold() == wanted.casefold())
    near = (variant for variant in variants if _is_of(variant, wanted))
    return next(exact, None) or next(near, None)


def _is_of(variant: tuple[str, Node], wanted: str | None) -> bool:
    return wanted is not None and base_language(variant[0]) == base_language(wanted)

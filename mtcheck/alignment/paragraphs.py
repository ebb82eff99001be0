"""Two articles as one, paragraph by paragraph: whatever was merged, split, left out, put in or moved, and said so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mtcheck.alignment.beads import Bead, Embed, find_beads
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.lexicon import lexicon
from mtcheck.core.text import split_sentences
from mtcheck.core.types import Article, ArticlePair, Origin, Paragraph, Placement, Segment

# Paragraphs of one side for so many of the other: they are cut so differently that sentences must tell.
_CUT_OTHERWISE = 1.6
# What of the shorter of two paragraphs must be in the other for them to belong together.
_SHARE = 0.3
# More than any article has.
MOST = 1000
_BETWEEN = "\n\n"


def align(pair: ArticlePair, embed: Embed | None = None) -> Article:
    """One article, in the order of the translation.

    What has no translation has an empty target, what has no source none; each says so by its placement, as do
    paragraphs that moved. Several paragraphs of a side are joined by a blank line.

    Args:
        pair: the articles.
        embed: unit vectors of texts, by a reference model that knows both languages; asked only where words alone
            leave anything but one paragraph for one.

    Raises:
        MtcheckError: TOO_LARGE.
    """
    longest = max(len(pair.source), len(pair.target))
    if longest > MOST:
        raise MtcheckError(
            Code.TOO_LARGE,
            f"the article has {longest:,} paragraphs, and {MOST:,} can be aligned",
            where=pair.target_file,
            mend="Give articles one by one, or --layout lines for text that matches line by line",
        )
    beads = _beads(pair, None)
    known = lexicon(pair.source_lang) and lexicon(pair.target_lang)
    if embed is not None and not (known and all(_is_plain(bead) for bead in beads)):
        beads = _beads(pair, embed)
    segments = tuple(_segment(pair, bead, index) for index, bead in enumerate(beads))
    return Article(pair.id, segments, notes=tuple(_notes(pair, beads)))


def _is_plain(bead: Bead) -> bool:
    return len(bead.source) == len(bead.target) == 1 and not bead.moved


def _beads(pair: ArticlePair, embed: Embed | None) -> list[Bead]:
    counts = sorted((len(pair.source), len(pair.target)))
    if counts[1] > _CUT_OTHERWISE * counts[0] and counts[1] > counts[0] + 1:
        return _by_sentences(pair, embed)
    return _by_paragraphs(pair, embed)


def _by_paragraphs(pair: ArticlePair, embed: Embed | None) -> list[Bead]:
    return find_beads(
        [paragraph.text for paragraph in pair.source],
        [paragraph.text for paragraph in pair.target],
        pair.source_lang,
        pair.target_lang,
        roles=([paragraph.role for paragraph in pair.source], [paragraph.role for paragraph in pair.target]),
        embed=embed,
    )


def _by_sentences(pair: ArticlePair, embed: Embed | None) -> list[Bead]:
    """Beads of the paragraphs whose sentences belong together."""
    sides = [
        [
            (place, span.of(paragraph.text))
            for place, paragraph in enumerate(side)
            for span in split_sentences(paragraph.text, lang)
        ]
        for side, lang in ((pair.source, pair.source_lang), (pair.target, pair.target_lang))
    ]
    texts = [[text for _, text in side] for side in sides]
    if max(map(len, texts)) > MOST:
        return _by_paragraphs(pair, embed)
    shared: Counter[tuple[int, int]] = Counter()
    crossed: set[tuple[int, int]] = set()
    for bead in find_beads(texts[0], texts[1], pair.source_lang, pair.target_lang, embed=embed):
        for i in bead.source:
            for j in bead.target:
                link = sides[0][i][0], sides[1][j][0]
                shared[link] += min(len(texts[0][i]), len(texts[1][j]))
                if bead.moved:
                    crossed.add(link)
    linked = [
        (i, j)
        for (i, j), size in shared.items()
        if size >= _SHARE * min(len(pair.source[i].text), len(pair.target[j].text))
    ]
    return _groups(linked, crossed, len(pair.source), len(pair.target))


def _groups(linked: Sequence[tuple[int, int]], crossed: set[tuple[int, int]], rows: int, columns: int) -> list[Bead]:
    """Paragraphs that links hold together, in the order of the target; what has no link stands alone."""
    group: dict[tuple[int, int], set[tuple[int, int]]] = {
        (side, place): {(side, place)} for side, count in ((0, rows), (1, columns)) for place in range(count)
    }
    for i, j in linked:
        joined = group[0, i] | group[1, j]
        for member in joined:
            group[member] = joined
    beads = []
    for members in {id(members): members for members in group.values()}.values():
        sides = [tuple(sorted(place for of, place in members if of == side)) for side in (0, 1)]
        moved = any((i, j) in crossed for i in sides[0] for j in sides[1])
        beads.append(Bead(sides[0], sides[1], moved))
    ordered = sorted((bead for bead in beads if bead.target), key=lambda bead: bead.target)
    for bead in sorted((bead for bead in beads if not bead.target), key=lambda bead: bead.source):
        after = (at for at, other in enumerate(ordered) if other.source and other.source[0] > bead.source[0])
        ordered.insert(next(after, len(ordered)), bead)
    return ordered


def _segment(pair: ArticlePair, bead: Bead, index: int) -> Segment:
    sources = [pair.source[place] for place in bead.source]
    targets = [pair.target[place] for place in bead.target]
    known = (targets or sources)[0]
    placement = Placement.MOVED if bead.moved else None
    if not sources or not targets:
        placement = Placement.OMITTED if sources else Placement.ADDED
    return Segment(
        id=f"{pair.id}:{index}",
        article=pair.id,
        index=index,
        target=_joined(targets),
        source=_joined(sources) if sources else None,
        role=known.role,
        system=pair.system,
        source_lang=pair.source_lang,
        target_lang=pair.target_lang,
        origin=Origin(pair.target_file if targets else pair.source_file, known.line),
        suppress=tuple(dict.fromkeys(marker for paragraph in targets for marker in paragraph.suppress)),
        placement=placement,
        desk=pair.desk,
        date=pair.date,
    )


def _joined(paragraphs: Sequence[Paragraph]) -> str:
    return _BETWEEN.join(paragraph.text for paragraph in paragraphs)


def _notes(pair: ArticlePair, beads: Sequence[Bead]) -> list[str]:
    if all(_is_plain(bead) for bead in beads):
        return []
    notes = [
        f"{pair.source_file} has {len(pair.source)} paragraphs and {pair.target_file} has {len(pair.target)}: "
        "they were paired by what they say and by length"
    ]
    several = [bead for bead in beads if len(bead.source) > 1 or len(bead.target) > 1]
    for places, what in (
        ([pair.target[bead.target[0]] for bead in several if bead.target], "paragraphs were taken together from"),
        ([pair.target[bead.target[0]] for bead in beads if bead.moved], "another place than in the source has"),
        ([pair.target[bead.target[0]] for bead in beads if not bead.source], "no source was found for"),
    ):
        if places:
            notes.append(f"{what} {_lines([paragraph.line for paragraph in places])} of {pair.target_file}")
    lost = [pair.source[bead.source[0]].line for bead in beads if not bead.target]
    if lost:
        notes.append(f"no translation was found for {_lines(lost)} of {pair.source_file}")
    return notes


def _lines(lines: Sequence[int]) -> str:
    numbers = list(dict.fromkeys(lines))
    return f"line{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from mtcheck.core.actors import Actor, shared_actors
from mtcheck.core.assertions import paired_sentences
from mtcheck.core.content import Content, plain_letters, plain_words
from mtcheck.core.context import SegmentContext
from mtcheck.core.identify import small_words
from mtcheck.core.names import Place, bare
from mtcheck.core.signs import WHO, WHOM
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_LEAST_BETWEEN = 1
_FARTHEST_SUBJECT = 8
_LEAST_SAID = 3
_MOST_BETWEEN = 3
_APART = frozenset(',;:–—"“”„«»()')
# Characters in which what is told of a name ends.
_ASIDE = 40
_SAME_DEED = 0.4
_SAME_DEED_TOLD = 0.2
_SAME_BEGINNING = 4


@RULES.register
class RoleSwap(SegmentRule):
    """Who did it and to whom it was done have changed places.

    Anti-pattern: `Stålnacke criticizes Rydvall` for `Rydvall kritiserar Stålnacke`.
    Best practice: the source's roles. Only two names, or people and bodies that both texts name, in one sentence, in
    the other order, in the active voice on both sides and with what happens between them, are surely swapped.
    """

    name = "role-swap"
    code = "ADQ009"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
    needs_source = True
    supersedes = frozenset({"name-mismatch"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        if segment.source is None or segment.source_content is None:
            return
        if not (segment.source.language.roles.agents and segment.target.language.roles.agents):
            return  # the passive is not to be told from the active
        found = list(self._names_swapped(segment)) or list(self._actors_swapped(segment))
        yield from found or self._pronoun_swapped(segment)

    def _names_swapped(self, segment: SegmentContext) -> Iterator[Finding]:
        assert segment.source is not None
        assert segment.source_content is not None
        if len(segment.source_names) < 2 or len(segment.target_names) < 2:
            return
        if _in_one_order(segment.source_names, segment.target_names):
            return
        ours = list(_names(segment.source, segment.source_names))
        theirs = list(_names(segment.target, segment.target_names))
        if len(ours) < 2 or len(theirs) < 2:
            return
        for source, target in paired_sentences(segment.source, segment.target):
            mine = [name for name in ours if source.start <= name.start and name.end <= source.end]
            other = [name for name in theirs if target.start <= name.start and name.end <= target.end]
            pair = _swapped(mine, other)
            if pair is None:
                continue
            (a, b), (d, c) = pair
            alike = _way(b, segment.source) == _way(c, segment.target) == "from"  # `to` may lead to a place
            active = (
                _acts_on(a, b, segment.source, source, alike) or _follow_verb(a, b, segment, source, (d, c))
            ) and _acts_on(d, c, segment.target, target, alike)
            if active and _same_deed(segment.source_content, source, segment.target_content, target):
                yield self.finding(
                    f"“{d.text}” and “{c.text}” have changed places.",
                    Span(d.start, c.end),
                    source_span=Span(a.start, b.end),
                )

    def _actors_swapped(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source_content, segment.target_content
        assert source is not None
        if not (source.text.language.roles.articles and target.text.language.roles.articles):
            return  # it is the case that tells who acts
        ours, theirs = shared_actors(source, segment.source_names, target, segment.target_names)
        if len(ours) < 2 or len(theirs) < 2:
            return
        for mine, other in paired_sentences(source.text, target.text):
            pair = _crossed(_inside(mine, ours), _inside(other, theirs))
            if pair is None:
                continue
            (a, b), (d, c) = pair
            way = _way(b, source.text)
            alike = way is not None and way == _way(c, target.text)
            if (
                _does_to(a, b, source.text, mine, alike)
                and _does_to(d, c, target.text, other, alike)
                and _same_deed(source, mine, target, other, _SAME_DEED_TOLD, said=1)
            ):
                yield self.finding(
                    f"“{d.text}” and “{c.text}” have changed places.",
                    Span(d.start, c.end),
                    source_span=Span(a.start, b.end),
                )

    def _pronoun_swapped(self, segment: SegmentContext) -> Iterator[Finding]:
        """`He overtook her` for `she overtook him`, of whom one is named."""
        source, target = segment.source_content, segment.target_content
        assert source is not None
        acting, acted_on = source.text.language.roles, target.text.language.roles
        if not (source.text.signs & WHO and target.text.signs & WHOM):
            return
        if not (segment.source_names and segment.target_names):
            return
        ours, theirs = list(_names(source.text, segment.source_names)), list(_names(target.text, segment.target_names))
        for mine, other in paired_sentences(source.text, target.text):
            named = [name for name in ours if mine.start <= name.start and name.end <= mine.end]
            called = [name for name in theirs if other.start <= name.start and name.end <= other.end]
            if len(named) != 1 or len(called) != 1 or named[0].key != called[0].key:
                continue
            who, whom = _pronouns(source.text, mine, acting.who), _pronouns(target.text, other, acted_on.whom)
            if len(who) != 1 or len(whom) != 1 or not who[0][1] & whom[0][1]:
                continue
            if _pronouns(source.text, mine, acting.whom) or _pronouns(target.text, other, acted_on.who):
                continue
            at = whom[0][0]
            if (
                _is_done_by(who[0][0], named[0], source.text, mine)
                and _is_done_to(called[0], at, target.text, other)
                and _same_deed(source, mine, target, other, _SAME_DEED_TOLD, said=1)
            ):
                yield self.finding(
                    f"“{called[0].text}” and “{target.text.raw_words[at]}” have changed places.",
                    Span(called[0].start, target.text.word(at).end),
                    source_span=mine,
                )


def _pronouns(text: Text, sentence: Span, kinds: Mapping[str, Iterable[str]]) -> list[tuple[int, frozenset[str]]]:
    """Where a sentence has pronouns, and for whom each can stand."""
    found = []
    for at in text.words_within(sentence):
        meant = frozenset(kind for kind, words in kinds.items() if text.folded_words[at] in words)
        if meant:
            found.append((at, meant))
    return found


def _is_done_by(pronoun: int, name: _Name, text: Text, sentence: Span) -> bool:
    """True if a pronoun is who acts, and the name after it the one to whom it is done."""
    roles, words = text.language.roles, text.folded_words
    start = text.words_within(sentence).start
    between = words[pronoun + 1 : name.first]
    if not 0 <= pronoun - start <= 2 or not between or not {*words[start:pronoun], *between}.isdisjoint(roles.agents):
        return False
    if any(mark in _APART for mark in text.value[text.word(pronoun).end : name.start]):
        return False
    linked = between[-1] in small_words(text.lang) and between[-1] not in (*roles.opponents, *roles.articles)
    return text.raw_words[name.last] == bare(text.raw_words[name.last]) and not linked


def _is_done_to(name: _Name, pronoun: int, text: Text, sentence: Span) -> bool:
    """True if a name is who acts, and a verb alone stands between it and the pronoun."""
    small = small_words(text.lang)
    between = text.folded_words[name.last + 1 : pronoun]
    follows = text.folded_words[pronoun + 1 : pronoun + 2]
    if text.raw_words[name.last] != bare(text.raw_words[name.last]):
        return False
    if any(mark in _APART for mark in text.value[name.end : text.word(pronoun).start]):
        return False
    if (
        text.value[name.start : name.end].isupper()
        or name.first - text.words_within(sentence).start > _FARTHEST_SUBJECT
    ):
        return False
    before = text.folded_words[max(0, name.first - 1) : name.first]
    led = bool(before) and before[0] in small and before[0] not in text.language.roles.articles
    ended = not follows or follows[0] in small or text.word(pronoun).end >= sentence.end - 1
    return not led and ended and 0 < len(between) <= 2 and between[-1] not in small


def _way(object_: Actor | _Name, text: Text) -> str | None:
    """Whether something goes to, or comes from, the one who stands second: `to`, `from`; None if neither."""
    roles, small = text.language.roles, small_words(text.lang)
    for word in reversed(text.folded_words[max(0, object_.first - 3) : object_.first]):
        if word in roles.goals:
            return "to"
        if word in roles.origins:
            return "from"
        if word in small and word not in roles.articles:
            return None
    return None


def _inside(sentence: Span, found: Sequence[Actor]) -> list[Actor]:
    return [actor for actor in found if sentence.start <= actor.start and actor.end <= sentence.end]


def _crossed(ours: list[Actor], theirs: list[Actor]) -> tuple[tuple[Actor, Actor], tuple[Actor, Actor]] | None:
    """The first two actors of both sentences, if each stands once in both and they stand in the other order."""
    for at, (a, b) in enumerate(pairwise(ours)):
        for d, c in pairwise(theirs):
            shared = a.keys & c.keys, b.keys & d.keys
            if not all(shared) or all(key.startswith("=") for keys in shared for key in keys):
                continue  # two names are compared by `_names_swapped`
            lone = all(
                sum(not actor.keys.isdisjoint(one.keys) for actor in side) == 1
                for side, pair in ((ours, (c, d)), (theirs, (a, b)), (ours, (a, b)), (theirs, (c, d)))
                for one in pair
            )
            return ((a, b), (d, c)) if lone and at == 0 and d is theirs[0] else None
    return None


def _does_to(subject: Actor, object_: Actor, text: Text, sentence: Span, alike: bool) -> bool:
    """True if a sentence's first actor may be who acts and its second whom it is done to.

    `alike` is whether both sides say `to`, or `from`, of the second.
    """
    roles, words = text.language.roles, text.folded_words
    small = small_words(text.lang)
    start = text.words_within(sentence).start
    before, between = words[start : subject.first], words[subject.last + 1 : object_.first]
    while between and text.raw_words[subject.last + len(between)].isupper():
        between = between[:-1]  # the IF Metall union
    if subject.first - start > _FARTHEST_SUBJECT or not between:
        return False
    if any(mark in _APART for mark in text.value[subject.end : object_.start]):
        return False
    if not {*before[-3:], *between}.isdisjoint(roles.agents):
        return False
    if text.raw_words[subject.last] != bare(text.raw_words[subject.last]):
        return False  # a genitive
    if (before and before[-1] in roles.objects) or between[-1] in roles.subjects:
        return False
    if before and before[-1] in small and before[-1] not in roles.articles:
        return False  # with the union the company …
    if between[-1] in small and between[-1] not in (*roles.opponents, *roles.articles) and not alike:
        return False
    deeds = [word for word in between if word not in small]
    if not deeds and roles.verb_second and not small.issuperset(words[object_.last + 1 : object_.last + 2]):
        deeds = [text.raw_words[object_.last + 1]]  # hatte die Gruppe gewarnt
        return deeds[0].islower() and any(word not in roles.articles for word in between)
    return 0 < len(deeds) <= _MOST_BETWEEN


def _in_one_order(ours: Sequence[Place], theirs: Sequence[Place]) -> bool:
    """True if the words of names that both sides have stand in the same order."""
    mine, other = ([_key(place.name) for place in places] for places in (ours, theirs))
    shared = {*mine} & {*other}
    return len(shared) < 2 or [key for key in mine if key in shared] == [key for key in other if key in shared]


def _key(name: str) -> str:
    """What a name keeps when it is inflected."""
    return plain_words[name][:5]


class _Name(NamedTuple):
    """A name of one or more words, its last word's base letters, and where its first and last word stand."""

    text: str
    start: int
    end: int
    key: str
    first: int
    last: int


def _names(text: Text, places: Sequence[Place]) -> Iterator[_Name]:
    """Names, of words in a row."""
    run: list[int] = []
    word = text.word

    def close() -> Iterator[_Name]:
        if run:
            first, last = word(run[0]), word(run[-1])
            start, end = first.start, last.start + len(bare(last.text))
            yield _Name(text.value[start:end], start, end, _key(bare(last.text)), run[0], run[-1])

    for place in places:
        if run and (place.at != run[-1] + 1 or text.value[word(run[-1]).end : word(place.at).start].strip()):
            yield from close()
            run = []
        run.append(place.at)
    yield from close()


def _swapped(ours: list[_Name], theirs: list[_Name]) -> tuple[tuple[_Name, _Name], tuple[_Name, _Name]] | None:
    """The two names that both sentences share, if they stand in the other order."""
    shared = {name.key for name in ours} & {name.key for name in theirs}
    mine = [name for name in ours if name.key in shared]
    other = [name for name in theirs if name.key in shared]
    if len(mine) > 2 or len(other) > 2:
        # The two people, where places tell whose they are: Taunussteins Kapitän Jannik Röbbel.
        mine, other = ([name for name in names if name.last > name.first] for names in (mine, other))
    if len(mine) != 2 or len(other) != 2 or mine[0].key == mine[1].key:
        return None
    return ((mine[0], mine[1]), (other[0], other[1])) if mine[0].key == other[1].key else None


def _acts_on(subject: _Name, object_: _Name, text: Text, sentence: Span, alike: bool) -> bool:
    """True if a sentence's first name may be who acts and its second whom it is done to, `alike` as in `_does_to`."""
    words, roles = text.words, text.language.roles
    start = next(i for i, word in enumerate(words) if word.start >= sentence.start)
    if subject.first - start > _FARTHEST_SUBJECT:
        return False
    small = small_words(text.lang)
    before = words[object_.first - 1].text
    for name in (subject, object_):
        near = [word.text.casefold() for word in words[max(start, name.first - 3) : name.first]]
        if not set(near).isdisjoint(roles.agents):
            return False
    if words[subject.last].text != bare(words[subject.last].text):
        return False  # a genitive
    if _is_in_aside(subject, object_, text.value):
        return False
    between = [word.text for word in words[subject.last + 1 : object_.first]]
    if any(word.casefold() in roles.agents for word in between):
        return False
    deeds = [word for word in between if word.islower() and word.casefold() not in small]
    linked = before.casefold() in small and before.casefold() not in (*roles.opponents, *roles.articles)
    return len(deeds) >= _LEAST_BETWEEN and (alike or not linked)


def _follow_verb(
    subject: _Name, object_: _Name, segment: SegmentContext, sentence: Span, between: tuple[_Name, _Name]
) -> bool:
    """True if both names follow the verb that stands between the translation's: Zuletzt foulte A den Spieler B."""
    source, target = segment.source_content, segment.target_content
    assert source is not None
    text = source.text
    roles = text.language.roles
    if not roles.verb_second or _is_in_aside(subject, object_, text.value):
        return False
    if not set(text.folded_words[max(0, subject.first - 3) : object_.first]).isdisjoint(roles.agents):
        return False
    done = [
        w for w in target.words if between[0].last < w.at < between[1].first and target.text.raw_words[w.at].islower()
    ]
    before = [w for w in source.within(Span(sentence.start, subject.start)) if text.raw_words[w.at].islower()]
    return any(
        not deed.keys.isdisjoint(word.keys)
        or _beginning(target.text, deed.at) == _beginning(text, word.at)  # foulte, fouled
        for deed in done
        for word in before
    )


def _beginning(text: Text, index: int) -> str:
    return plain_letters(text.folded_words[index])[:_SAME_BEGINNING]


def _is_in_aside(subject: _Name, object_: _Name, text: str) -> bool:
    """True if the second name stands in another clause or in what is told of the first."""
    if text.count(",", subject.end, object_.start) != 1:
        return False
    opened = text[: subject.start].rstrip()[-1:] == ","
    if text[: object_.start].rstrip()[-1:] == ",":
        return False  # `the director, Odile Masson`
    return text[subject.end] != "," or (not opened and "," in text[object_.end : object_.end + _ASIDE])


def _same_deed(
    ours: Content, mine: Span, theirs: Content, other: Span, least: float = _SAME_DEED, said: int = _LEAST_SAID
) -> bool:
    """True if the sentences say much the same."""
    covered = ours.coverage(theirs, mine)
    return covered.covered >= said and covered.share >= least and theirs.coverage(ours, other).share >= least

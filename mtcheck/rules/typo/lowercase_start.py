from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.languages import abbreviations, base_language
from mtcheck.core.types import Finding, Role, Severity, Span
from mtcheck.rules.base import RULES, Rule

_FIRST = re.compile(r"[\s\"“”„«»‘‚‹›(\[¿¡*_–—―-]*(?P<word>[^\W\d_][\w'’.@/:&-]*)")
_NEXT = re.compile(r"\.[ \n\u00a0]+(?P<word>[^\W\d_A-Z][\w'’.@/:&-]*)")
_ENDED = re.compile(r"[.!?…][\"”’»«“)\]]*\s*$")
_GOES_ON = re.compile(r"[,:;–—-][\"”’»“]?\s*$|…$")
_LEAST_WORDS = 5
_LONG = 5
# Particles of names, which stay small before a capital: von Trapp, de Gaulle, al-Assad, bin Salman.
_PARTICLES = frozenset(
    ("von", "van", "de", "der", "den", "da", "di", "du", "del", "della", "dos", "das", "al", "el", "af", "av",
     "zu", "zur", "zum", "ten", "ter", "te", "ibn", "bin", "le", "la")
)  # fmt: skip
_PLAIN_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TEXT_ROLES = frozenset((Role.BODY, Role.LEAD, Role.HEADLINE, Role.QUOTE))


@RULES.register
class LowercaseStart(Rule):
    """A sentence begins with a small letter.

    Anti-pattern: `the council met on Monday.` for `Nämnden möttes i måndags.`
    Best practice: a capital. `iPhone`, `von Trapp` before the name, what goes on after an ellipsis or from
    the line before, and what the source writes small too are right.
    """

    name = "lowercase-start"
    code = "TYPO007"
    severity = Severity.MINOR
    mqm = "fluency/spelling"

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        for position, segment in enumerate(article.segments):
            text = segment.target.value
            first = _FIRST.match(text)
            if first is not None and first["word"][0].islower():
                before = article.segments[position - 1].target.value if position else ""
                if _must_be_capital(segment, first) and _is_plain(text, first) and not _GOES_ON.search(before[-3:]):
                    yield position, self._found(segment, first)
            if ". " in text:
                for match in _NEXT.finditer(text):
                    if _is_plain(text, match) and _ends_sentence(segment, match):
                        yield position, self._found(segment, match)

    def _found(self, segment: SegmentContext, match: re.Match[str]) -> Finding:
        word = match["word"].rstrip(".:'’/&-")
        fix = None
        if not (base_language(segment.target.lang) == "nl" and word.startswith("ij")):
            fix = word[0].upper() + word[1:]
        span = Span(match.start("word"), match.start("word") + len(word))
        return self.finding(f"The sentence begins with a small letter: “{word}”.", span, fix=fix)


def _must_be_capital(segment: SegmentContext, first: re.Match[str]) -> bool:
    text = segment.target.value
    is_sentence = bool(_ENDED.search(text[-6:])) or len(segment.target.folded_words) > _LEAST_WORDS
    if not is_sentence:
        return False
    if segment.source is None:
        return segment.role in _TEXT_ROLES and bool(_ENDED.search(text[-6:]))
    source = _FIRST.match(segment.source.value)
    if source is None:
        return False
    letter = source["word"][0]
    if letter.islower():
        return False
    if not letter.isupper():  # a script without capitals
        return segment.role in _TEXT_ROLES
    # A name that both write in the same way: eBay, iPhone, but also xAI for XAI.
    return source["word"].casefold() != first["word"].casefold()


def _is_plain(text: str, match: re.Match[str]) -> bool:
    """A word, not an address, a brand with an inner capital or a name's particle."""
    word = match["word"].rstrip(".:'’/&-")
    if not _PLAIN_WORD.fullmatch(word) or not word.islower() or len(match["word"]) - len(word) > 1:
        return False
    if text[match.start("word") - 1 : match.start("word")] in ("'", "’", "‘"):
        return False
    rest = text[match.start("word") + len(word) :]
    if rest[:1] in ("\\", "_", "=", "("):
        return False
    particle = re.split(r"['’-]", word)[0]
    return not (particle in _PARTICLES and rest.lstrip(" -'’")[:1].isupper())


def _ends_sentence(segment: SegmentContext, match: re.Match[str]) -> bool:
    """True if the full stop before ends a sentence: after a plain word that is no abbreviation."""
    text = segment.target.value
    before = re.search(r"(?<![\w.’'-])(?:[^\W\d_]{4,}|\d{4})$", text[max(0, match.start() - 40) : match.start()])
    if before is None or before.group().casefold() in abbreviations(segment.target.lang):
        return False
    if len(before.group()) < _LONG and (segment.source is None or len(segment.source.sentences) < 2):
        return False  # a short word may be cut
    return segment.source is None or not re.search(r"\w\.[\"”»]?\s+[a-zß-ÿ]", segment.source.value)

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import language
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_MARKS = frozenset("“”„‟«»‚‹›「」『』")
# Conventions that can be told from apostrophes and from each other; those between single high marks cannot.
_CONVENTIONS = ("„“", "„”", "„„", "“”", "””", "«»", "»«", "»»", "‚‘", "‚’", "‹›", "›‹", "「」", "『』")
# Guillemets close where other marks open in nobody's convention.
_CLOSING = frozenset("»«")
# Marks that close in one convention and open in another.
_EITHER = frozenset("”»«")
_SPACES = " \u00a0\u202f\u2009"


@RULES.register
class ForeignQuotes(SegmentRule):
    """Quotation marks of another language's convention.

    Anti-pattern: `He called it »a good day«` or `”a good day”` in English, `“ein guter Tag”` in German.
    Best practice: the marks of the target language; straight marks are left alone everywhere.
    """

    name = "foreign-quotes"
    code = "TYPO004"
    severity = Severity.MINOR
    mqm = "locale-convention/quotation-marks"
    marks = _MARKS

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target = segment.target
        if not target.language.quotation:
            return
        text, reached = target.value, 0
        own, spaced = _own(target.lang)[0], target.language.spaced_punctuation
        mixed = _mixed(target.lang)
        for match in mixed.finditer(text) if mixed else ():
            mark = match["mark"]
            where = Span(match.start("mark"), match.end("mark"))
            yield self.finding(f"{target.language.name} does not quote with {mark}.", where, fix=own[1])
        for match in _foreign(target.lang).finditer(text):
            if match.start() >= reached:
                reached = match.end()
                marks = f"{match.group()[0]}…{match.group()[-1]}"
                message = f"{target.language.name} does not quote with {marks}."
                yield self.finding(message, Span(*match.span()), fix=_mend(text, match, own, spaced))


def _mend(text: str, match: re.Match[str], own: str, spaced: str) -> str | None:
    """The quotation in the language's first convention, unless it stands inside another or holds one."""
    before, inside = text[: match.start()], match.group()[1:-1].strip(_SPACES)
    if not _MARKS.isdisjoint(inside) or '"' in inside:
        return None
    if before.count('"') % 2 or before.count(own[0]) > (before.count(own[1]) if own[0] != own[1] else 0):
        return None
    space = "\u00a0" if own[1] in spaced else ""
    return f"{own[0]}{space}{inside}{space}{own[1]}"


@lru_cache(maxsize=64)
def _own(lang: str | None) -> tuple[str, ...]:
    """The pairs that are right in a language; a pair of one country stands after its code: `CH:«»`."""
    region = (lang or "").replace("_", "-").split("-")[-1].upper()
    entries = [entry.rpartition(":") for entry in language(lang).quotation]
    return tuple(pair for country, _, pair in entries if not country or country == region)


@lru_cache(maxsize=64)
def _foreign(lang: str | None) -> re.Pattern[str]:
    """Any pair of another convention; each is looked for no further than to the next mark of its kind."""
    own = _own(lang)
    return re.compile("|".join(_pattern(pair) for pair in _CONVENTIONS if pair not in own))


@lru_cache(maxsize=64)
def _mixed(lang: str | None) -> re.Pattern[str] | None:
    """A quotation between the language's first opening mark and another's closing one: “…»."""
    pairs = _own(lang)
    opening, closing = pairs[0][0], pairs[0][1]
    others = "".join(_CLOSING - frozenset("".join(pairs)))
    if opening == closing or not others or opening in _EITHER:
        return None
    return re.compile(rf"{opening}[^{''.join(_MARKS)}\"\n]{{1,600}}(?<!\s)(?P<mark>[{others}])(?!\w)")


def _pattern(pair: str) -> str:
    opening, closing = pair[0], pair[1]
    marks = "".join(dict.fromkeys(pair))
    # Spaces inside belong to the French convention; elsewhere they show two marks that are no pair.
    inside = "" if pair == "«»" else r"(?!\s)"
    before = r"(?<![\w.!?,;])" if opening in "”»“" else ""
    end = "" if pair == "«»" else r"(?<!\s)"
    return rf"{before}{opening}{inside}[^{marks}\n]{{1,600}}{end}{closing}(?!\w)"

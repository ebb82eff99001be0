from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

from mtcheck.core.codes import SpanIndex, address_spans
from mtcheck.core.context import SegmentContext
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_GUARD = frozenset("<>&*_[]\\`#%~")
_ELEMENTS = (
    "a|abbr|article|aside|b|big|blockquote|body|br|button|center|cite|code|dd|del|div|dl|dt|em|figcaption|figure|font"
    "|footer|form|g|h[1-6]|head|header|hr|html|i|iframe|img|ins|label|li|link|main|mark|meta|nav|nobr|noscript|ol|p|pre"
    "|q|script|section|small|source|span|strike|strong|style|sub|sup|table|tbody|td|th|thead|title|tr|u|ul|video|wbr"
    "|bpt|ept|bx|ex|seg|tuv|hl[12]|byline|dateline|lead|headline"
)
_TAG = (
    rf"</?\s?(?:{_ELEMENTS})\s?/?>"  # with the spaces that translators put in
    r"|<[A-Za-z][\w:-]{0,30}\s[^<>=]{0,60}=\s?[\"'“”„«][^<>]{0,500}>"  # any element with an attribute
    r"|</\s?[A-Za-z][\w:-]{0,30}\s?>|<[a-z][\w-]{0,20}:[a-z][\w-]{0,30}/?>|<[A-Za-z][\w:-]{0,30}\s?/>"
    r"|<!--|-->|<!\[CDATA\[|\]\]>|<\?xml[^<>]{0,100}>|<!DOCTYPE[^<>]{0,100}>"
)
_ENTITY = r"&(?:\#\d{2,7}|\#[xX][0-9a-fA-F]{2,6}|[A-Za-z][A-Za-z0-9]{1,30});|&\s(?:nbsp|amp|quot|lt|gt|apos|\#\d{2,5});"
_MARKDOWN = (
    r"\*\*\*?(?=[^\s*])(?=[^*\n]{1,300}\*\*)|(?<=[^\s*])\*\*\*?(?!\*)"
    r"|(?<!\w)__(?=[^\W_])(?=[^_\n]{1,300}__)|(?<=[^\s_])__(?!\w)"
    r"|(?<![\w*])\*(?=\w[^*\n]{0,120}(?<=[\w.!?])\*(?![\w*]))|(?<=[\w.!?])(?<!\*)\*(?![\w*])"
    r"|(?<!\w)_(?=[^\W_][^_\n]{0,120}(?<=[^\W_])_(?!\w))|(?<=[^\W_])_(?![\w_])"
    r"|^[ \t]*\#{1,6}[ \t]+(?=[^\W\d_]|[\"“”„«])|^[ \t]*>[ \t]+(?=[^\W\d_]|[\"“”„«])"
    r"|!?\[[^\[\]\n]{1,300}\]\((?:https?:|www\.|[/\#.]|mailto:)[^()\s]{0,400}\)"
    r"|```[a-z]{0,12}|(?<!\w)`(?=[^`\n]{1,120}`)|(?<=[^\s`])`(?![\w`])|~~(?=\S)|(?<=\S)~~"
)
_BBCODE = (
    r"\[/(?:b|i|u|s|url|img|quote|code|size|color|list|center|video|caption|email|font|h[1-6])\]"
    r"|\[(?:url|img|size|color|font|quote|email|code|youtube|video)=[^\]\n]{1,300}\]"
    r"|\[(?:b|i|u|s|url|img|quote|code|list|center|email)\](?=[^\[\n]{0,500}\[/)"
    r"|\[[a-z_-]{2,20}\s[a-z_-]{2,20}=[^\]\n]{1,300}\]"
)
_ESCAPE = (
    r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[\"“”'’](?!\w*\\)|\\[\"“”](?=\w)|\\[a-zA-Z]{3,20}(?=\{)"
    r"|\\[nrt](?=[\s\\A-ZÅÄÖÆØÉÜ\"“”–—-]|$)|(?<=[\s.,!?:;\"”])\\[nrt](?=\w)"
    r"|(?<=[^\W\d_])%(?:20|22|27|2C|3A|C3%[0-9A-F]{2})(?=\w|$)"
)
_RESIDUE = re.compile(
    rf"(?P<tag>{_TAG})|(?P<entity>{_ENTITY})|(?P<bbcode>{_BBCODE})|(?P<markdown>{_MARKDOWN})|(?P<escape>{_ESCAPE})",
    re.MULTILINE,
)
_PATH = re.compile(r"(?:[A-Za-z]:|\\)\\\S*")
# Marks that stand alone in honest text (a footnote's star, a snake's name): only their pairs are markup.
_PAIRED = frozenset(("**", "***", "__", "*", "_", "`", "~~"))


@RULES.register
class MarkupResidue(SegmentRule):
    r"""Markup of a page, a mark-up language or a string stands in the text.

    Anti-pattern: `The <b>council</b> met &amp; agreed`, `**The council**`, `[url=…]`, `met.\nThe`.
    Best practice: markup is taken off before translation or turned into characters. In a loose pair what
    the source holds too is right.
    """

    name = "markup-residue"
    code = "LEAK003"
    severity = Severity.MAJOR
    mqm = "accuracy/addition"
    marks = _GUARD
    supersedes = frozenset(
        {
            "number-mismatch", "spacing", "doubled-punctuation", "unbalanced-quotes", "unbalanced-brackets",
            "foreign-quotes", "end-punctuation", "lowercase-start", "untranslated-words", "name-mismatch",
        }
    )  # fmt: skip

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        text = segment.target.value
        pieces = [match for match in _RESIDUE.finditer(text) if not _is_name(match)]
        if not pieces:
            return
        known = segment.source.value if segment.source is not None else ""
        counts = Counter(match.group() for match in pieces)
        addresses = SpanIndex([*address_spans(text), *(Span(*m.span()) for m in _PATH.finditer(text))])
        for match in pieces:
            piece, span = match.group().strip(), Span(*match.span())
            if piece in _PAIRED and (counts[match.group()] % 2 or piece in known):
                continue
            if piece in known and segment.alone:
                continue
            if match.lastgroup in ("markdown", "escape") and piece[:2] not in ("[", "![") and addresses.overlaps(span):
                continue
            fix = unescape(piece.replace(" ", "")) if match["entity"] else None
            yield self.finding(f"“{piece}” is markup, not text.", span, fix=fix)


def _is_name(match: re.Match[str]) -> bool:
    """An ampersand's word that is no entity: “Marks&Spencer;”."""
    return bool(match["entity"]) and not _is_entity(match["entity"].replace(" ", ""))


@lru_cache(maxsize=512)
def _is_entity(text: str) -> bool:
    return unescape(text) != text and not unescape(text).endswith(";")

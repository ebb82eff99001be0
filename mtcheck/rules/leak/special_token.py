from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_GUARD = frozenset("<>[]{}|▁⁇@_%$⟦⟪#Ġ")
_TOKEN = re.compile(
    # Models' vocabularies: begin, end, padding, unknown, mask, language, roles of a chat.
    r"</?(?:s|unk|pad|bos|eos|mask|sep|cls|eot|eod|eop|unused\d+|extra_id_\d+|0x[0-9A-F]{2}|2[a-z]{2,3}"
    r"|(?:start|end)_of_[a-z_]{2,20}|(?:start|end)of[a-z]{2,20}|translation|source|target|tgt|src)>"
    r"|<\|[^|<>\n]{1,40}\|?>|<｜[^｜\n]{1,40}｜>|<</?SYS>>"
    r"|\[/?(?:MASK|PAD|UNK|CLS|SEP|BOS|EOS|INST|SOS|TRANSLATION|PLACEHOLDER|REDACTED_\w{1,20})\]"
    r"|>>[a-z]{2,3}(?:_[A-Za-z]{2,10})?<<"
    r"|⁇|(?<!\w)__[a-zA-Z]{2,12}(?:_[A-Za-z0-9]{1,10})?__(?!\w)|▁+"
    # Pieces of words.
    r"|(?<=\w)@@(?=\s|$)|(?<=\s)##(?=[a-z])|(?<=[\w.,])[ĠĊ](?=\w|$)"
    # Places where something was to be put in.
    r"|\{\{[\w .:|-]{1,60}\}\}|\$\{[\w .-]{1,60}\}|\{(?:\d{1,3}|[a-zA-Z_][\w.]{0,40})\}"
    r"|%\([a-z_]{1,40}\)[sdf]|%\d{1,2}\$[sd@]|(?<![\w%])%[sd@](?!\w)"
    r"|⟦[^⟧\n]{0,40}⟧|⟪[^⟫\n]{0,40}⟫|@@?[A-Z]{2,20}_?\d{0,4}@@?(?!\w)"
    r"|<(?:URL|NUM|NUMBER|EMAIL|NAME|PERSON|ENTITY|DATE|PLACEHOLDER|PH|TAG|ENT|MT|TERM|DNT|x|ph)_?\d{0,4}>"
    r"|(?<!\w)(?:XXPH|__PH|PLACEHOLDER_|_PH_|ENTITY_|NOTRANSLATE_?)\w{1,20}"
)


@RULES.register
class SpecialToken(SegmentRule):
    """A token of the translation engine, or a placeholder it should have filled, stands in the text.

    Anti-pattern: `The council <unk> met</s>`, `>>sv<< Nämnden`, `▁The council`, `{0} people were hurt`.
    Best practice: the engine's own marks are removed and placeholders filled. In a loose pair, or a unit of
    a localisation format, what the source holds too, such as the `{0}` of a software string, is right.
    """

    name = "special-token"
    code = "LEAK007"
    severity = Severity.CRITICAL
    mqm = "accuracy/addition"
    marks = _GUARD
    supersedes = frozenset(
        {
            "markup-residue", "cms-identifier", "number-mismatch", "spacing", "unbalanced-brackets", "end-punctuation",
            "lowercase-start", "foreign-quotes", "untranslated-words", "added-content", "name-mismatch",
        }
    )  # fmt: skip

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target = segment.target
        loose = segment.alone or segment.segment.unit is not None
        known = segment.source.value if loose and segment.source is not None else ""
        for match in _TOKEN.finditer(target.value):
            piece = match.group()
            # A template's gap that is the whole line is an identifier of the content system.
            if piece in known or (piece[:2] in ("{{", "${") and piece == target.value.strip()):
                continue
            yield self.finding(f"“{piece}” belongs to the translation engine, not to the text.", Span(*match.span()))

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mtcheck.core.codes import SpanIndex, code_spans
from mtcheck.core.context import SegmentContext
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

# The bytes that follow in UTF-8, as the usual one-byte encodings show them.
_REST = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ¤§∂∞≠≤≥∫◊Ωπ√"
# A first byte and what follows, read as Latin-1, Windows-1252, Mac Roman or code page 437.
_SUSPECT = re.compile(rf"[Â-ôƒ√¬≈‚][{_REST}Ä-ÿ∆]|[├┬Γ][\u2500-\u25a0Ç-ÿ¡-¿\u0192]|(?<![A-ZÀ-Þ])Ã |ï¿½")
_RUN = re.compile(r"(?:[^\x00-\x7f]|(?<=Ã) (?=[a-zà-ÿ]))+")
_LOST = re.compile("\ufffd+")
# A letter that an encoding without it turned into a question mark.
_ASKED = re.compile(r"(?<=[^\W\d_])\?{1,2}(?=[a-zà-öø-ÿ])")
# What a no-break space leaves of itself behind a word in small letters.
_BARE = re.compile(r"(?<=[a-zà-öø-ÿ])Â(?![^\W\d_]|[\x80-\xbf])")
# A closing quotation mark whose last byte, a control character, was left out.
_HALF_QUOTE = "â€"
# European letters end here, with those of Romanian.
_LAST_LETTER = "ț"
# What may follow a capital in honest text: É”, Å…
_PLAIN = re.compile(r"[‘’“”…–—\xa0»«]")


@RULES.register
class Mojibake(SegmentRule):
    """Letters were read in the wrong encoding.

    Anti-pattern: `MalmÃ¶`, `itâ€™s`, `Malm�`, `f?r`.
    Best practice: decode as UTF-8; what was lost on the way is looked up in the source.
    """

    name = "mojibake"
    code = "TYPO008"
    severity = Severity.MAJOR
    mqm = "fluency/character-encoding"
    supersedes = frozenset(
        {
            "invisible-characters", "mixed-script", "foreign-quotes", "unbalanced-quotes", "doubled-punctuation",
            "spacing", "name-mismatch", "untranslated-words", "currency-mismatch", "number-mismatch", "end-punctuation",
        }
    )  # fmt: skip

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target = segment.target
        text = target.value
        known = segment.source.value if segment.alone and segment.source is not None else ""
        if "?" in target.chars:
            yield from self._questions(text, segment.source.value if segment.source is not None else "")
        if text.isascii():
            return
        for match in _LOST.finditer(text):
            if match.group() not in known:
                yield self.finding("A character was lost in decoding.", Span(*match.span()))
        if "Â" in target.chars:
            for match in _BARE.finditer(text):
                if match.group() not in known:
                    yield self.finding(
                        "This is what is left of a space in the wrong encoding.", Span(*match.span()), fix=""
                    )
        if not _SUSPECT.search(text):
            return
        for match in _RUN.finditer(text):
            mended = _mend(match.group())
            if mended is not None and match.group() not in known:
                message = f"“{match.group()}” is “{mended}” in the wrong encoding."
                yield self.finding(message, Span(*match.span()), fix=mended)

    def _questions(self, text: str, source: str) -> Iterator[Finding]:
        codes: SpanIndex | None = None
        for match in _ASKED.finditer(text):
            codes = codes or SpanIndex(code_spans(text))
            span = Span(*match.span())
            around = text[span.start - 1 : span.end + 1]
            if not codes.overlaps(span) and around not in source:
                yield self.finding("A letter was lost in decoding.", span)


@lru_cache(maxsize=256)
def _mend(run: str) -> str | None:
    """What a run of characters was before it was misread; None if it was not."""
    if not _SUSPECT.search(run):
        return None
    from ftfy import fix_encoding  # seldom needed, and takes its time to load

    mended = fix_encoding(f"{run}\x9d" if run.endswith(_HALF_QUOTE) else run)
    if mended == run:
        mended = _letters(run)
    if mended == run or "\ufffd" in mended:
        return None
    # Text may have been misread twice.
    return _mend(mended) or mended


def _letters(run: str) -> str:
    """European letters behind a single pair of bytes, which alone are too little to go by for ftfy."""
    try:
        letters = run.encode("cp1252").decode()
    except UnicodeError:
        return run
    return letters if letters <= _LAST_LETTER * len(letters) and letters.isalpha() and not _PLAIN.search(run) else run

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from mtcheck.core.context import SegmentContext
from mtcheck.core.identify import script as script_of
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

# Letters beyond the Latin blocks; anything else needs no look.
_BEYOND = re.compile(r"[\u0370-\u1dbf\u1f00-\u1fff\u2c00-\u2c5f\u2d00-\u2dff\u3040-\ua63f\ua640-\ua69f\uac00-\ufaff]")
_PIECE = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*")
_EAST = {"CJK": "East", "HIRAGANA": "East", "KATAKANA": "East", "HANGUL": "East", "BOPOMOFO": "East", "KANGXI": "East"}
_SCRIPTS = frozenset(
    ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "HEBREW", "ARABIC", "DEVANAGARI", "BENGALI", "TAMIL", "TELUGU", "THAI",
     "GEORGIAN", "ETHIOPIC", "KHMER")
)  # fmt: skip
# ISO 15924, of languages; what is not here has no stray words.
_OF_CODE = {
    "Latn": "LATIN", "Cyrl": "CYRILLIC", "Grek": "GREEK", "Hans": "East", "Hant": "East", "Hani": "East",
    "Jpan": "East", "Kore": "East",
}  # fmt: skip
# Letters of Cyrillic and Greek that look like Latin ones.
_CYRILLIC = dict(zip("аеорсухіјѕһԁԛԝАВЕЗКМНОРСТУХІЈЅ", "aeopcyxijshdqwABE3KMHOPCTYXIJS", strict=True))
_GREEK = dict(zip("οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oABEZHIKMNOPTYX", strict=True))
_TO_LATIN = str.maketrans({**_CYRILLIC, **_GREEK})
_FROM_LATIN = str.maketrans({latin: letter for letter, latin in _CYRILLIC.items()})


@RULES.register
class MixedScript(SegmentRule):
    """A word holds letters of two scripts, or a word of a foreign script stands in the sentence.

    Anti-pattern: `Mоscow` with a Cyrillic о, which no search finds; `the 政府 decided` from Swedish.
    Best practice: one script a word, the language's own. Greek letters in science (`β-carotene`, `TNFα`),
    words of another script that the source has, and Latin brands in East Asian text are right.
    """

    name = "mixed-script"
    code = "TYPO010"
    severity = Severity.MAJOR
    mqm = "fluency/character-encoding"
    supersedes = frozenset({"untranslated-words", "name-mismatch", "inconsistent-name", "wrong-language"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        text = segment.target.value
        if text.isascii() or not _BEYOND.search(text):
            return
        known = segment.source.value if segment.source is not None else None
        pieces = [(match, _scripts(match.group())) for match in _PIECE.finditer(text)]
        own = _OF_CODE.get(script_of(segment.target.lang) or "", "")
        for match, scripts in pieces:
            word = match.group()
            if len(scripts) > 1:
                if _is_wrong_mix(word, scripts, own) and word not in (known or ""):
                    yield self.finding(f"“{word}” mixes scripts.", Span(*match.span()), fix=_mend(word, scripts))
            elif known is not None and scripts and _is_stray(word, scripts, own, known):
                yield self.finding(f"“{word}” is of a foreign script.", Span(*match.span()))


def _is_wrong_mix(word: str, scripts: frozenset[str], own: str) -> bool:
    if "East" in scripts and own == "East":
        return False
    if "GREEK" in scripts:
        # Science joins Greek letters to Latin ones; only letters that pass for Latin ones are suspect.
        greek = [char for char in word if _script(char) == "GREEK"]
        return scripts == {"GREEK", "LATIN"} and len(word) > 2 and all(char in _GREEK for char in greek)
    if own == "CYRILLIC" and scripts == {"CYRILLIC", "LATIN"}:
        # Endings joined to Latin names are usual there.
        latin = [char for char in word if _script(char) == "LATIN"]
        return all(char in _CYRILLIC.values() for char in latin)
    return True


def _is_stray(word: str, scripts: frozenset[str], own: str, source: str) -> bool:
    """A whole word in a script that neither the rest of the sentence nor the source has."""
    script = next(iter(scripts))
    if script == own or own != "LATIN" or (script == "GREEK" and len(word) == 1):
        return False
    return not any(_script(char) == script for char in set(source))


def _mend(word: str, scripts: frozenset[str]) -> str | None:
    """The word in the script that most of its letters are of, if the others only look like it."""
    latin = sum(1 for char in word if _script(char) == "LATIN")
    mended = word.translate(_TO_LATIN if 2 * latin >= len(word) else _FROM_LATIN)
    return mended if len(_scripts(mended)) == 1 and scripts <= {"LATIN", "CYRILLIC", "GREEK"} else None


def _scripts(word: str) -> frozenset[str]:
    if word.isascii():
        return _LATIN
    return frozenset(script for script in map(_script, word) if script)


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """The script of a letter by its name; empty for signs that all scripts share."""
    first = unicodedata.name(char, "").split(" ")[0].split("-")[0]
    return _EAST.get(first, first if first in _SCRIPTS else "")


_LATIN = frozenset(("LATIN",))

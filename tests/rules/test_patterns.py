"""No regular expression that a hostile text could keep busy for ever, and no rule either."""

from __future__ import annotations

import re
import sys
import warnings
from types import ModuleType

import pytest

import mtcheck
from mtcheck.core.languages import known_languages

# Every kind of mark that rules look for, in both texts.
_PROBE = (
    "LUND (TT). Han sade inte att 14.30 den 3 maj måste (NATO) kosta 3,5 miljarder kronor – – «A» “b” "
    "https://x.example [Translator's note: x] <b>He</b> did not say… Read more Photo: X/TT"
)
# Up to here a text of 10,000 characters is read in seconds at worst.
_MOST_STARS = 2
_LENGTH = 5_000
_HOSTILE = [
    " ", "\n", "\u00a0", "a", "a.", ". ", "1", "1,", "1 ", "-", "– ",
    '"', '" ', "(", "[", "()", "<", "&", "@", "a@", "/",
    "?!", "not ", "the ", "A ", "(AB) ", "Word. ", "Anna Berg ", "must may ", "ne que ", "inte förrän ", "12:30 ",
    "5 % ",
    "3 maj ", "5 km ", "é", "的",
]  # fmt: skip


def _modules() -> list[ModuleType]:
    return [module for name, module in list(sys.modules.items()) if name.startswith("mtcheck")]


def _patterns() -> set[tuple[str, int]]:
    """Every pattern that reading and inspecting a text in every language compiles."""
    found: set[tuple[str, int]] = set()
    with pytest.MonkeyPatch.context() as patch:
        compiled = re.compile

        def spy(pattern: str, flags: int = 0) -> re.Pattern[str]:
            made = compiled(pattern, flags)
            found.add((made.pattern, made.flags))
            return made

        patch.setattr(re, "compile", spy)
        for made in [v for m in _modules() for v in vars(m).values() if hasattr(v, "cache_clear")]:
            made.cache_clear()
        for lang in known_languages():
            for pair in ((lang, "en"), ("en", lang)):
                record = {"id": "1", "source": _PROBE, "target": _PROBE, "source_lang": pair[0], "target_lang": pair[1]}
                mtcheck.check(records=[record], reference_model="none")
    for module in _modules():
        found |= {(v.pattern, v.flags) for v in vars(module).values() if isinstance(v, re.Pattern)}
    return {(pattern, flags) for pattern, flags in found if isinstance(pattern, str)}


@pytest.mark.slow
def test_no_pattern_backtracks_badly() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parser = pytest.importorskip("regexploit.ast.sre", reason="needs sre_parse").SreOpParser
        from regexploit.redos import find
    patterns = _patterns()
    assert len(patterns) > 100
    bad = [
        (found.starriness, pattern)
        for pattern, flags in sorted(patterns)
        for found in find(parser().parse_sre(pattern, flags & ~re.DEBUG))
        if found.starriness > _MOST_STARS
    ]
    assert not bad


@pytest.mark.parametrize("piece", _HOSTILE)
def test_hostile_text_is_read(piece: str) -> None:
    """It ends: what is quadratic here would take minutes."""
    text = piece * (_LENGTH // len(piece))
    for source_lang, target_lang in (("sv", "en"), ("en", "fr")):
        record = {
            "id": "1",
            "source": text,
            "target": text[:-1] + "b",
            "source_lang": source_lang,
            "target_lang": target_lang,
        }
        run = mtcheck.check(records=[record], reference_model="none")
        assert [segment.target for segment in run.segments] == [text[:-1] + "b"]

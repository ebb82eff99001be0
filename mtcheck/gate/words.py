"""The words that the configuration has for rules."""

from __future__ import annotations

from collections.abc import Mapping

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.registry import unknown_name
from mtcheck.rules.base import RULES


def rule_words() -> dict[str, frozenset[str]]:
    """The names of the rules that each word stands for: a name, a code or a family."""
    words: dict[str, set[str]] = {}
    for rule in RULES:
        for word in (rule.name, rule.code, rule.family()):
            words.setdefault(word, set()).add(rule.name)
    return {word: frozenset(names) for word, names in words.items()}


def called(word: str, where: str, names: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The rules that `word` stands for. Raises UNKNOWN_NAME, with the place."""
    if word not in names:
        error = unknown_name("rule", word, sorted(names))
        raise MtcheckError(Code.UNKNOWN_NAME, error.what, where=where, mend=error.mend)
    return names[word]

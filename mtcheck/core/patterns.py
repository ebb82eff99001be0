"""Many regular expressions as one that is quick to say no."""

from __future__ import annotations

from collections.abc import Iterable


def any_of(patterns: Iterable[str]) -> str:
    """An alternation of regular expressions in which those that begin with the same letter stand together.

    Where no pattern begins with the letter at hand, one comparison a letter is made and not one a pattern. Among
    patterns that begin alike the order stays; those that begin with anything but a letter are tried last.
    """
    by_letter: dict[str, list[str]] = {}
    others: list[str] = []
    for pattern in patterns:
        first, second = pattern[:1], pattern[1:2]
        # A letter that is repeated or optional, or one of a top-level alternation, does not begin every match.
        if first.isalpha() and second not in ("?", "*", "+", "{") and not _has_alternation(pattern):
            by_letter.setdefault(first, []).append(pattern[1:])
        else:
            others.append(f"(?:{pattern})")
    groups = [f"{letter}(?:{'|'.join(rest)})" for letter, rest in by_letter.items()]
    return "|".join([*groups, *others])


def _has_alternation(pattern: str) -> bool:
    """True if `|` stands outside of all groups and classes."""
    depth, in_class, escaped = 0, False, False
    for char in pattern:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char == "|" and not depth:
            return True
        else:
            depth += (char == "(") - (char == ")")
    return False

"""Roles of an article's paragraphs: those that the format states, and for the rest what place and form suggest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from mtcheck.core.languages import all_factbox_heads, language
from mtcheck.core.text import DASHES, count_words
from mtcheck.core.types import Paragraph, Role

_TERMINAL = re.compile(r"[.!?:…][\"”’»“)\]]*$")
_QUOTE_DASH = re.compile(rf"[{DASHES}-]\s")
_HEADLINE_WORDS = 20
_SUBHEAD_WORDS = 8


class Block(NamedTuple):
    """A paragraph with its line, and its role if the format states it."""

    text: str
    line: int
    role: Role | None = None


def with_roles(blocks: Sequence[Block]) -> list[Paragraph]:
    """Paragraphs, each with a role."""
    paragraphs: list[Paragraph] = []
    in_factbox = led = False
    headed = any(block.role is Role.HEADLINE for block in blocks)
    for position, (text, line, stated) in enumerate(blocks):
        words = count_words(text)
        ended = bool(_TERMINAL.search(text.rstrip()))
        if stated in (None, Role.SUBHEAD) and text.strip().casefold().rstrip(":") in all_factbox_heads():
            in_factbox, role = True, Role.FACTBOX
        elif stated is not None:
            role = stated
            led = led or role is Role.LEAD
        elif position == 0 and not headed and words <= _HEADLINE_WORDS and not text.rstrip().endswith("."):
            role = Role.HEADLINE
        elif in_factbox:
            role = Role.FACTBOX
        elif any(mark in text for mark in language(None).credit_marks):
            role = Role.CAPTION
        elif _QUOTE_DASH.match(text) and ended:
            role = Role.QUOTE
        elif not ended and words <= (_SUBHEAD_WORDS if led else _HEADLINE_WORDS):
            role = Role.SUBHEAD if led else Role.OTHER
        elif not led:
            led, role = True, Role.LEAD
        else:
            role = Role.BODY
        paragraphs.append(Paragraph(text, role, line))
    return paragraphs

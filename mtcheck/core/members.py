"""A JSON object read member by member, so that it need not fit into memory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TextIO

_BLOCK = 1 << 16
_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def json_members(stream: TextIO, spread: str, on_item: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    """Each member's key, and its value as it stands.

    The items of the array called `spread` are handed over one by one, as they stand; its value is empty then.

    Raises:
        ValueError: this is no JSON object with members.
    """
    text = _Text(stream)
    mark = text.take("{") and ","
    while mark == ",":
        key = json.loads(text.value())
        text.take(":")
        if key == spread:
            text.take("[")
            more = "," if text.peek() != "]" else text.take("]")
            while more == ",":
                on_item(text.value())
                more = text.take(",]")
            yield key, "[]"
        else:
            yield key, text.value()
        mark = text.take(",}")
    if text.peek():
        raise ValueError("there is more than one object")


class _Text:
    """JSON text of which only what is being read is held."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._held = ""
        self._at = 0

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            blank = _BLANK.match(self._held, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def take(self, marks: str) -> str:
        """The next character, which must be one of these."""
        mark = self.peek()
        if not mark or mark not in marks:
            raise ValueError(f"there is {mark!r} where one of {marks} should be")
        self._at += 1
        return mark

    def value(self) -> str:
        """The next value."""
        self.peek()
        while True:
            try:
                end = _DECODER.raw_decode(self._held, self._at)[1]
            except RecursionError:
                raise ValueError("it is nested too deep") from None
            except json.JSONDecodeError:
                if not self._more():
                    raise
            else:
                size = end - self._at
                # A number goes on until something ends it.
                if self._held[end : end + 1].strip(".eE+-0123456789") or not self._more():
                    value = self._held[self._at : self._at + size]
                    self._at += size
                    return value

    def _more(self) -> bool:
        # Twice as much each time, so that a long value is not tried too often.
        rest = self._held[self._at :]
        block = self._stream.read(max(_BLOCK, len(rest)))
        self._held, self._at = rest + block, 0
        return bool(block)

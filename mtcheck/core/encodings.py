"""Which encodings text may be in."""

from __future__ import annotations

import codecs

# Python's codecs that spell text for machines.
_SPELLINGS = {"idna", "punycode", "raw_unicode_escape", "raw-unicode-escape", "unicode_escape", "unicode-escape"}


def text_encoding(name: str) -> str | None:
    """Python's name of an encoding; None of one that it does not know, or that is none of text, such as `hex`."""
    try:
        "".encode(name)
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return None if codec in _SPELLINGS else codec

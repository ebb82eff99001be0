"""Coded errors: one clear line for everything that is wrong with the input or the call.

An error says what is wrong, where, and how to mend it. The command line prints it and exits 2;
Python callers catch `MtcheckError` and read its parts.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum


class Code(Enum):
    """Every error mtcheck raises on purpose. Numbers are stable; new ones are added at the end."""

    NO_INPUT = 1
    FILE_NOT_FOUND = 2
    UNKNOWN_FORMAT = 3
    BAD_ENCODING = 4
    BAD_JSON = 5
    BAD_RECORD = 6
    BAD_TABLE = 7
    LINE_COUNTS_DIFFER = 8
    DUPLICATE_ID = 9
    BAD_CONFIG = 10
    UNKNOWN_NAME = 11
    BAD_LANGUAGE = 12
    MODEL_NOT_FOUND = 13
    MODEL_UNUSABLE = 14
    CANNOT_WRITE = 15
    BAD_CALL = 16
    BAD_LANGUAGE_DATA = 17
    BROKEN_PLUGIN = 18
    BAD_BASELINE = 19
    CANNOT_FIX = 20
    BAD_GLOSSARY = 21
    BAD_XML = 22
    UNSAFE_INPUT = 23
    TOO_LARGE = 24
    BAD_ARCHIVE = 25
    NO_ARTICLE = 26
    UNMATCHED = 27
    PACKAGE_MISSING = 28
    BAD_RUN = 29
    NOTHING_TO_COMPARE = 30
    LICENCE_NOT_ACCEPTED = 31
    CANNOT_RESUME = 32
    WORKER_LOST = 33


class MtcheckError(Exception):
    """The input or the call was wrong.

    Args:
        code: which error.
        what: what is wrong, in one sentence without a final full stop.
        where: file, `file:line`, option or name that it concerns.
        mend: what the user does about it, as an imperative sentence without a final full stop.
    """

    def __init__(self, code: Code, what: str, *, where: str, mend: str) -> None:
        self.code = code
        self.what = what
        self.where = where
        self.mend = mend
        super().__init__(f"MTC-E{code.value:03d}: {what}, {where}. {mend}.")

    def __reduce__(self) -> tuple[Callable[..., MtcheckError], tuple[Code, str, str, str]]:
        """Errors come from other processes, too."""
        return _again, (self.code, self.what, self.where, self.mend)


def _again(code: Code, what: str, where: str, mend: str) -> MtcheckError:
    return MtcheckError(code, what, where=where, mend=mend)

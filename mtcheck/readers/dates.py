"""Dates as inputs write them."""

from __future__ import annotations

import datetime
from typing import Any

from mtcheck.readers.input import InputText


def day_of(value: Any) -> datetime.date | None:
    """The day that a date, or a date with a time, names where it was written; None for an empty one.

    Raises ValueError for what ISO 8601 does not call a date.
    """
    if isinstance(value, datetime.datetime):
        return value.date()
    if value is None or isinstance(value, datetime.date):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return datetime.datetime.fromisoformat(value.strip()).date() if value.strip() else None


def stated_day(text: InputText, *values: Any) -> datetime.date | None:
    """The first day that a document states; of what is none is said that it was left out."""
    for value in values:
        try:
            if day := day_of(value):
                return day
        except ValueError:
            text.leave_out("dates that ISO 8601 does not have")
    return None

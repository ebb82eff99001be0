"""A glossary: what must, may not, and must not be translated how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mtcheck.core.languages import base_language


@dataclass(frozen=True, slots=True)
class Term:
    """One entry. Where `source` stands, one of `targets` must stand in the translation; `forbidden` never may.

    `keep` means that the source term is not to be translated. An entry without a source only forbids.
    Languages are BCP 47; None means any.
    """

    source: str | None = None
    targets: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    keep: bool = False
    source_lang: str | None = None
    target_lang: str | None = None
    case_sensitive: bool = False


class Glossary:
    """The terms of all glossaries of a run."""

    def __init__(self, terms: Sequence[Term] = ()) -> None:
        self.terms = tuple(terms)
        self._of_pair = lru_cache(maxsize=64)(self._select)

    def __reduce__(self) -> tuple[type[Glossary], tuple[tuple[Term, ...]]]:
        """Other processes make the table of pairs themselves."""
        return Glossary, (self.terms,)

    def __bool__(self) -> bool:
        return bool(self.terms)

    def of_pair(self, source_lang: str | None, target_lang: str | None) -> tuple[Term, ...]:
        """The terms that hold for a language pair, compared by base language."""
        return self._of_pair(base_language(source_lang), base_language(target_lang)) if self.terms else ()

    def _select(self, source: str | None, target: str | None) -> tuple[Term, ...]:
        return tuple(
            term
            for term in self.terms
            if base_language(term.source_lang) in (None, source) and base_language(term.target_lang) in (None, target)
        )


NO_GLOSSARY = Glossary()

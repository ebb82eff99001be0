"""What is known about each language, as data: one TOML file a language beside this module.

A language without a file gets the language-neutral defaults of `_neutral.toml`. A file need give only
what it knows; each table names its source in a comment. Numbers, separators and names of months come
from CLDR through Babel (https://cldr.unicode.org).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from mtcheck.core.errors import Code, MtcheckError

# Words are compared with case folded text (ß as ss).
Words = Annotated[list[str], AfterValidator(lambda words: [word.casefold() for word in words])]


class Spelling(BaseModel):
    """Stems that differ between two varieties, by class, and what may follow the stems of a class."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variety_a: str = ""
    variety_b: str = ""
    endings: dict[str, str] = {}
    classes: dict[str, list[tuple[str, str]]] = {}


class Interface(BaseModel):
    """Words of web pages. `line`: whole segments; `start`: fused before text; `patterns`: whole-line regex."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: Words = []
    start: list[str] = []
    patterns: list[str] = []


class Negation(BaseModel):
    """How a language denies.

    `words` negate by themselves (not, never, inte), those also in `alone` only beside another of them or one of
    the words given there (ne … pas, ne … plus). `parts` are word beginnings or endings that negate
    (un-, -less, o-). `implicit` are words and stems that deny without a negator (miss, fail, refuse, lack).
    `idioms` are regular expressions of phrases that hold a negator and deny nothing (not only, inte minst),
    `verbs` of those that surely deny what they govern (advise against, rule out, deny). `before` are the words for it,
    which deny (not until) in no headline whose other side has one too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: Words = []
    alone: dict[str, Words] = {}
    parts: list[str] = []
    implicit: Words = []
    idioms: list[str] = []
    verbs: list[str] = []
    before: Words = []


class Modality(BaseModel):
    """How a language says that something must be, may be, will be, or is only said to be.

    Regular expressions, case ignored, of the verbs and phrases of each kind. Words that can mean two
    kinds stand in both, so that neither counts as a contradiction. `verbs` are those of possibility that govern another
    verb: can, may. `exemption` is what need not be, `ban` what must not; what can mean either stands in neither.
    `rumour` are words by which something is surely only said to be, `hedges` all that can keep such a doubt.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    verbs: list[str] = []
    rumour: list[str] = []
    hedges: list[str] = []
    exemption: list[str] = []
    ban: list[str] = []
    certainty: list[str] = []
    obligation: list[str] = []
    possibility: list[str] = []
    hearsay: list[str] = []


class Roles(BaseModel):
    """How a language says who does something and to whom it is done.

    `agents` stand before the one who acts in the passive (by, av, von), `opponents` before the one it is done to
    (against), `genitives` between a body and whose it is (of). With `verb_second` a verb may stand before its subject;
    `objects` and `subjects` are then the articles that tell the one from the other. `goals` and `origins` stand before
    the one to whom, or from whom, something goes. `who` are the pronouns of one who acts, `whom` those of one to
    whom it is done, by the English `she`, `he` or `they`, without those that are much else besides. `actors` are
    English words for people and bodies, `called` beginnings of another language's words by which of these they
    mean.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    goals: Words = []
    origins: Words = []
    who: dict[str, Words] = {}
    whom: dict[str, Words] = {}
    agents: Words = []
    opponents: Words = []
    articles: Words = []
    genitives: Words = []
    objects: Words = []
    subjects: Words = []
    actors: Words = []
    called: dict[str, Words] = {}
    verb_second: bool = False


class Values(BaseModel):
    """How a language writes values, beside what CLDR says.

    Regular expressions: `weekdays` (Monday first) and `currencies` (by what they may stand for in ISO 4217) of a whole
    word like `subunits`, `percent`, `points` and `clock_after` after a number, `clock` before one, `afternoon`,
    `part_hours`, `half_hour`, `siblings`, `midnight`, `noon`, `midnight_hour`, `emergency`, `respectively`, `zones`,
    `wars` and `falls` anywhere, `rates` after an amount.
    With `hundreds_are_centuries` a capital makes hundreds a century: Quattrocento.
    `hedges` are words before a number that is rounded; `symbols` signs of money beside it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weekdays: list[str] = []
    percent: str = ""
    points: str = ""
    clock: str = ""
    clock_after: str = ""
    afternoon: str = ""
    # Words of half and quarter hours, and of the night between two days.
    part_hours: str = ""
    # A half hour with its hour's word in a group: `past` (half past four) or `to` (halv fem).
    half_hour: str = ""
    # Who grew up together.
    siblings: str = ""
    midnight: str = ""
    falls: str = ""
    # After a number: words of centuries, of decades (the 1970s), of decades counted within their century (áttundi
    # áratugur), of a century by its hundreds (17-hundratalet).
    century: str = ""
    decade: str = ""
    counted_decade: str = ""
    hundreds: str = ""
    # Between a day and its month, either before the other, and before the year.
    day_gap: str = ""
    day_ahead: str = ""
    year_gap: str = ""
    # Between two days of one month.
    day_range: str = ""
    hundreds_are_centuries: bool = False
    # With a colon before the hundredths: of amounts that no clock shows.
    colon_prices: bool = False
    # Words of fractions by what they divide by, and what may stand between these and the whole.
    fractions: dict[str, str] = {}
    fraction_of: str = ""
    # Between the sides of an area: 4 by 5 inches.
    beside: str = ""
    noon: str = ""
    midnight_hour: str = ""
    emergency_numbers: list[str] = []
    emergency: str = ""
    # The night before a `day`, and between a day `from` and one `to`.
    night_into: str = ""
    night_between: str = ""
    respectively: str = ""
    # Whose time it is, which decides if hours are converted; per what an amount is; the world wars.
    zones: dict[str, str] = {}
    rates: dict[str, str] = {}
    wars: dict[str, str] = {}
    # Beginnings of words that a world war's name has.
    war: str = ""
    hedges: Words = []
    currencies: dict[str, str] = {}
    # Hundredths of a currency.
    subunits: str = ""
    symbols: dict[str, str] = {}


class Language(BaseModel):
    """The data of one language, defaults included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = ""
    name: str = ""
    dialogue_dash: bool | None = None
    spaced_punctuation: str = ""
    reduplicates: bool = True
    repeatable_words: Words = []
    # Of these words those with which a clause may end before the same word of the main clause: what it was was luck.
    repeatable_copulas: Words = []
    repeatable_after_attribution: Words = []
    closing_words: Words = []
    function_words: Words = []
    # Regular expressions of endings that no other language's words have, case folded: of a Swedish plural, -arna.
    own_endings: list[str] = []
    # The like of endings that other languages may have too, but English words hardly.
    likely_endings: list[str] = []
    # Words of the language that other languages have among their function words.
    lookalikes: Words = []
    # The first says `and`.
    conjunctions: Words = []
    abbreviations: list[str] = []
    attribution_verbs: Words = []
    acronym_stopwords: Words = []
    chars_per_english_char: float | None = None
    number_words: dict[str, str] = {}
    scale_words: dict[str, str] = {}
    unit_words: dict[str, str] = {}
    values: Values = Values()
    interface: Interface = Interface()
    translation_notes: list[str] = []
    # Small-letter pieces of text of which each of these notes holds one; without any, every text is searched.
    translation_clues: Words = []
    # How brackets begin that explain a translation to its readers: regular expressions, case ignored.
    explanations: list[str] = []
    factbox_heads: list[str] = []
    credit_marks: list[str] = []
    spelling: Spelling = Spelling()
    # Pairs of quotation marks that the language uses, opening and closing; straight ones are right everywhere.
    quotation: list[str] = []
    agencies: list[str] = []
    desk_instructions: list[str] = []
    end_marks: list[str] = []
    end_words: list[str] = []
    model_preambles: list[str] = []
    negation: Negation = Negation()
    modality: Modality = Modality()
    roles: Roles = Roles()


_TAG = re.compile(
    r"(?P<language>[A-Za-z]{2,3})(?:[-_](?P<script>[A-Za-z]{4}))?(?:[-_](?P<region>[A-Za-z]{2}|[0-9]{3}))?"
    r"(?P<rest>(?:[-_][A-Za-z0-9]{4,8})*)"
)


def check_tag(tag: str, *, where: str) -> str:
    """A BCP 47 tag in canonical case (`sv`, `en-GB`, `zh-Hant`). Raises BAD_LANGUAGE."""
    match = _TAG.fullmatch(tag.strip())
    if match is None or match["language"].lower() not in _language_names():
        raise MtcheckError(
            Code.BAD_LANGUAGE,
            f"'{tag}' is not a language tag that CLDR knows",
            where=where,
            mend="Give a BCP 47 tag such as sv, en-GB or zh-Hant",
        )
    script, region = match["script"], match["region"]
    parts = [match["language"].lower(), script and script.title(), region and region.upper()]
    return "-".join(part for part in parts if part) + match["rest"].replace("_", "-").lower()


@lru_cache(maxsize=1)
def _language_names() -> Mapping[str, str]:
    return Locale("en").languages  # type: ignore[no-any-return]


@lru_cache(maxsize=1024)
def base_language(tag: str | None) -> str | None:
    """`en` of `en-GB`; None of None. Norwegian macro-language `no` is Bokmål, as in CLDR."""
    if tag is None:
        return None
    base = tag.replace("_", "-").split("-")[0].lower()
    return "nb" if base == "no" else base


def language_name(tag: str | None) -> str:
    """English name of a tag's language with the tag: `Swedish (sv)`."""
    if tag is None:
        return "unknown language"
    return f"{_language_names().get(base_language(tag) or '', 'unknown')} ({tag})"


@lru_cache(maxsize=256)
def language(tag: str | None) -> Language:
    """The data for a tag's base language, over the language-neutral defaults."""
    merged = _read("_neutral")
    base = base_language(tag)
    if base and (files(__name__) / f"{base}.toml").is_file():
        merged = _over(merged, _read(base))
    try:
        return Language.model_validate(merged | {"code": base or ""})
    except ValidationError as error:
        first = error.errors()[0]
        raise MtcheckError(
            Code.BAD_LANGUAGE_DATA,
            f"{'.'.join(map(str, first['loc']))}: {first['msg']}",
            where=f"languages/{base}.toml",
            mend="Mend the language file",
        ) from None


def known_languages() -> list[str]:
    """Base languages that have a file."""
    names = (entry.name for entry in files(__name__).iterdir())
    return sorted(name[:-5] for name in names if name.endswith(".toml") and not name.startswith("_"))


@lru_cache(maxsize=256)
def abbreviations(tag: str | None) -> frozenset[str]:
    """Abbreviations of a language, case folded, without the full stop that ends them."""
    return frozenset(word.casefold().rstrip(".") for word in language(tag).abbreviations)


@lru_cache(maxsize=1)
def all_factbox_heads() -> frozenset[str]:
    """Heads of fact boxes in every language that has a file, case folded."""
    return frozenset(head.casefold() for code in known_languages() for head in language(code).factbox_heads)


@lru_cache(maxsize=256)
def separators(tag: str | None) -> tuple[str, str]:
    """Decimal and grouping symbol by CLDR; full stop and comma where the language is unknown."""
    try:
        locale = Locale.parse(tag or "en", sep="-")
    except (ValueError, UnknownLocaleError):
        return ".", ","
    return get_decimal_symbol(locale), get_group_symbol(locale)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))


def _over(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged

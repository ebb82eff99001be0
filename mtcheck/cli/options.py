"""Options that several commands have, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[str | None, typer.Option(metavar="FILE", help="Parallel text: the source.")]
Reference = Annotated[
    list[str] | None, typer.Option(metavar="FILE", help="Parallel text: a human reference. Again for more.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(metavar="FIELD=COLUMN", help="Tables and data sets: where a field is. Commas, or again for more."),
]
SourceLang = Annotated[
    str | None, typer.Option("--source-lang", "-s", metavar="TAG", help="BCP 47, where the file does not say.")
]
TargetLang = Annotated[
    str | None, typer.Option("--target-lang", "-t", metavar="TAG", help="BCP 47, where the file does not say.")
]
ReferenceModels = Annotated[
    list[str] | None,
    typer.Option(
        "--reference-model", "-m", metavar="NAME|auto|none", help="mini, hf:ORG/NAME, hf:FOLDER. Again for more."
    ),
]
Metrics = Annotated[str | None, typer.Option(metavar="NAME[,NAME]", help="bleu, chrf, chrf++, ter.")]
Select = Annotated[list[str] | None, typer.Option(metavar="RULES", help="Only these rules: names, codes or families.")]
Ignore = Annotated[list[str] | None, typer.Option(metavar="RULES", help="Not these rules.")]
FailOn = Annotated[
    str | None,
    typer.Option(metavar="SEVERITY", help="Least severity that fails the gate: minor, major, critical, never."),
]
ConfigFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Configuration; mtcheck.toml is found by itself.")
]
NoCache = Annotated[
    bool | None,
    typer.Option("--no-cache", help="Ask models anew, and keep no answers for later runs.", show_default=False),
]
Quiet = Annotated[bool | None, typer.Option("--quiet", "-q", help="Print nothing but errors.", show_default=False)]

"""How long commands take that answer without a model, beside the import of the libraries that any such tool has.

    python -m benchmarks.startup [--rounds 15] [--report reports/startup.md]

Each round runs every command once, in turn; the processor time of its process counts, and of a command the median.
"""

from __future__ import annotations

import argparse
import platform
import resource
import statistics
import subprocess
import sys
from pathlib import Path

_MAIN = "from mtcheck.cli import main; main()"
_PEER = "import typer, rich"
_COMMANDS = {
    _PEER: ["-c", _PEER],
    "mtcheck --help": ["-c", _MAIN, "--help"],
    "mtcheck rules": ["-c", _MAIN, "rules"],
    "mtcheck rules doubled-dash": ["-c", _MAIN, "rules", "doubled-dash"],
}


def seconds(arguments: list[str]) -> float:
    """The processor time of one process of this Python."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def imports_torch(arguments: list[str]) -> bool:
    """Whether the command has imported torch when it is done."""
    done = subprocess.run([sys.executable, "-X", "importtime", *arguments], check=True, capture_output=True, text=True)
    return any(line.rpartition("|")[2].strip() == "torch" for line in done.stderr.splitlines())


def main() -> None:
    """Measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--report", type=Path, default=Path("reports/startup.md"))
    options = parser.parse_args()
    found: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    for _ in range(options.rounds):
        for name, arguments in _COMMANDS.items():
            found[name].append(seconds(arguments))
    medians = {name: statistics.median(times) for name, times in found.items()}
    torch = {name: "yes" if imports_torch(arguments) else "no" for name, arguments in _COMMANDS.items()}
    rows = [
        f"| `{name}` | {median:.2f} | {median / medians[_PEER]:.2f} | {torch[name]} |"
        for name, median in medians.items()
    ]
    options.report.write_text(
        f"""# Answers without a model

Made by `python -m benchmarks.startup`: the median processor time of {options.rounds} processes each, taken in
turns, on Python {platform.python_version()}.

| command | seconds | times the libraries' import | imports torch |
|---|---|---|---|
{chr(10).join(rows)}
""",
        encoding="utf-8",
    )
    print(options.report.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()

"""The command line: one file a command. `main` turns coded errors into one line and exit status 2."""

from __future__ import annotations

import sys

from mtcheck.cli.app import app
from mtcheck.core.errors import MtcheckError

_WRONG_CALL = 2
_INTERRUPTED = 130


def main() -> None:
    """Entry point of `mtcheck`."""
    try:
        app()
    except MtcheckError as error:
        from mtcheck.core.text import visible

        sys.stderr.write(visible(str(error)).replace("\n", "\\n") + "\n")
        raise SystemExit(_WRONG_CALL) from None
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
    except BrokenPipeError:
        # The reader of our output has seen enough (`mtcheck rules | head`).
        sys.stderr.close()
        raise SystemExit(0) from None

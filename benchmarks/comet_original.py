"""unbabel-comet, asked by benchmarks.comet and run by the Python of the environment that it is installed in.

    PYTHON comet_original.py CHECKPOINT

A line of JSON comes in, what to do and the systems' samples; one goes out, the seconds of the processor, the scores,
and how often something was found in the cache.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any

import torch
from comet import load_from_checkpoint


def main() -> None:
    """Answer until the input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for name in ("pytorch_lightning", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    torch.set_num_threads(1)
    made = {half: _loaded(sys.argv[1], half) for half in (False, True)}
    for line in sys.stdin:
        asked = json.loads(line)
        model = made[asked["half"]]
        model.caching = asked["caching"]
        model.retrieve_sentence_embedding.cache_clear()
        scores = []
        start = time.process_time()
        # As comet-score does it: one system after the other.
        for samples in asked["systems"]:
            scores += model.predict(samples, batch_size=16, gpus=0, progress_bar=False).scores
        seconds, hits = time.process_time() - start, model.retrieve_sentence_embedding.cache_info().hits
        print(json.dumps({"seconds": seconds, "scores": scores, "hits": hits}), file=answers, flush=True)


def _loaded(path: str, half: bool) -> Any:
    model = load_from_checkpoint(path, local_files_only=True).eval()
    return model.half() if half else model


if __name__ == "__main__":
    main()

"""transformers models: how they are loaded, and how likely they find given tokens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtcheck.references.checkpoints import unusable

if TYPE_CHECKING:
    import torch

# Words whose logits are computed at a time, so that they are summed up while they are in the cache.
_WORDS = 2048
# Logits computed at a time by models that change them afterwards; 2^26 take 256 MB in float32.
_MOST_LOGITS = 2**26


OFFLINE: Any = {"local_files_only": True, "trust_remote_code": False}
"""How transformers reads whatever it reads here."""


def loaded(kind: Any, folder: Path, where: str, device: torch.device, dtype: str) -> Any:
    """The model of an `Auto` class in a folder. Raises MODEL_UNUSABLE where weights are missing."""
    import torch

    model, loading = kind.from_pretrained(folder, dtype=getattr(torch, dtype), output_loading_info=True, **OFFLINE)
    # transformers fills missing weights with random numbers.
    if missing := sorted(loading["missing_keys"]):
        raise unusable(where, f"{len(missing)} weights are missing, the first is {missing[0]}")
    return model.to(device).eval()


class Predictor:
    """The last step of a model, to the words of its vocabulary, whose logits are not in memory all at once.

    Args:
        model: a transformers model whose output embeddings are a linear layer.
        least: any input of the model, for one text and one place.
    """

    def __init__(self, model: Any, **least: torch.Tensor) -> None:
        import torch

        self._model = model
        self._head: Any = model.get_output_embeddings()
        self._bias: torch.Tensor | None = self._head.bias
        if hasattr(model, "final_logits_bias"):
            self._bias = model.final_logits_bias.view(-1)
        # Some cap or scale the logits afterwards (T5Gemma, Gemma, Cohere): theirs are taken as they come.
        self._streams = False
        with torch.inference_mode():
            hidden, logits = self._run(torch.ones(1, 1, dtype=torch.bool), least)
            self._streams = torch.allclose(self._logits(hidden, slice(None)), logits, rtol=1e-3, atol=1e-3)

    @property
    def most(self) -> int | None:
        """Places that may be wanted at a time; None where their number is of no matter to memory."""
        return None if self._streams else _MOST_LOGITS // self._head.out_features

    def log_probabilities(self, wanted: torch.Tensor, labels: torch.Tensor, **inputs: Any) -> list[float]:
        """Of each label, a token id that the model predicts at a place of its input, the natural logarithm.

        Args:
            wanted: the places, booleans (texts, longest).
            labels: (places,), text by text.
            inputs: what the model is given.
        """
        import torch
        from torch.nn.functional import cross_entropy

        hidden, logits = self._run(wanted, inputs)
        if not self._streams:
            return (-cross_entropy(logits.float(), labels, reduction="none")).tolist()
        own = torch.zeros(len(labels), device=hidden.device)
        sums = []
        for first in range(0, self._head.out_features, _WORDS):
            some = self._logits(hidden, slice(first, first + _WORDS)).float()
            at = (labels - first).clamp(0, some.shape[1] - 1)
            own = torch.where(labels == at + first, some.gather(1, at[:, None])[:, 0], own)
            sums.append(some.logsumexp(1))
        return (own - torch.stack(sums).logsumexp(0)).tolist()

    def _run(self, wanted: torch.Tensor, inputs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """What the output layer is given at the places, and the model's logits for it: none where it streams."""
        given: list[torch.Tensor] = []

        def only_wanted(_: Any, layer_input: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
            # The largest of the matrices is multiplied for the tokens that are wanted, not for the padding.
            given.append(layer_input[0][wanted])
            return (given[0][:0] if self._streams else given[0],)

        hook = self._head.register_forward_pre_hook(only_wanted)
        try:
            logits = self._model(**inputs, use_cache=False).logits
        finally:
            hook.remove()
        return given[0], logits

    def _logits(self, hidden: torch.Tensor, words: slice) -> torch.Tensor:
        from torch.nn.functional import linear

        return linear(hidden, self._head.weight[words], None if self._bias is None else self._bias[words])

"""The network's products in integers of 8 bits, for CPUs: the layers of `_modeling` replaced by quicker ones.

Weights are rounded once, with a scale for each output; what is multiplied by them is rounded as it comes, with a scale
for each row or text: absolute maximum quantisation (Dettmers et al. 2022, "LLM.int8(): 8-bit Matrix Multiplication for
Transformers at Scale"). Sums of integers are exact: they depend neither on the batch nor on the processor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtcheck.references.mini._modeling import Convolution, MiniNetwork, Texts

_LARGEST = 127.0


class Int8Matrix:
    """A matrix (inner, outer), each of whose columns has a scale."""

    def __init__(self, matrix: Tensor) -> None:
        self._scales = _scales(matrix.T)
        codes = (matrix / self._scales).round()
        # Without instructions for it the product in integers is slow; in floats it is the same number.
        self._in_integers = torch.cpu._is_vnni_supported()
        self._codes = codes.to(torch.int8) if self._in_integers else codes

    def product(self, codes: Tensor, scales: Tensor) -> Tensor:
        """(rows, outer): the product of `codes` (rows, inner), whole numbers up to 127, times `scales` (rows)."""
        sums = torch._int_mm(codes, self._codes).float() if self._in_integers else codes.float() @ self._codes
        return sums.mul_(scales[:, None]).mul_(self._scales)


class Int8Linear(nn.Module):
    """A linear layer of a weight (outer, inner) and perhaps a bias (outer)."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self._matrix = Int8Matrix(weight.T)
        self._bias = bias

    def forward(self, values: Tensor) -> Tensor:
        """(..., outer) of (..., inner)."""
        rows = values.flatten(0, -2)
        scales = _scales(rows)
        found = self._matrix.product(_codes(rows, scales), scales)
        found = found if self._bias is None else found.add_(self._bias)
        return found.view(*values.shape[:-1], -1)


class Int8Convolution(nn.Module):
    """Two residual convolutions over windows of tokens."""

    def __init__(self, convolution: Convolution) -> None:
        super().__init__()
        self._order, self._left = convolution.order, convolution.left
        self._layers = [(Int8Matrix(layer.weight.T), layer.bias) for layer in (convolution.first, convolution.second)]

    def forward(self, distinct: Tensor, pieces: Tensor, texts: Texts) -> Tensor:
        """As `Convolution` does."""
        values = distinct.index_select(0, pieces)
        windows, owners = texts.windows(self._order, self._left), texts.owners
        for matrix, bias in self._layers:
            # One scale for a text, so that what is in a window can be added up in integers.
            largest = values.new_zeros(len(texts.lengths)).scatter_reduce(0, owners, _largest(values), "amax")
            scales = _worth(largest)[owners]
            codes = functional.pad(_codes(values, scales), (0, 0, 0, 1)).index_select(0, windows.flatten())
            values = matrix.product(codes.view(len(windows), -1), scales).add_(bias).relu_().add_(values)
        return values


class Int8Context(nn.Module):
    """A transformer's layer, normalised first, that computes nothing for the padding."""

    def __init__(self, layer: nn.TransformerEncoderLayer) -> None:
        super().__init__()
        attention = layer.self_attn
        self._heads = attention.num_heads
        self._ask = Int8Linear(attention.in_proj_weight, attention.in_proj_bias)
        self._answer, self._widen, self._narrow = map(_linear, (attention.out_proj, layer.linear1, layer.linear2))
        self._norms = layer.norm1, layer.norm2

    def forward(self, states: Tensor, src_key_padding_mask: Tensor) -> Tensor:
        """(texts, longest, width) of as many, where the mask (texts, longest) is false."""
        width = states.shape[2]
        present = ~src_key_padding_mask
        tokens = present.flatten().nonzero()[:, 0]

        def padded(flat: Tensor) -> Tensor:
            zeros = flat.new_zeros(present.numel(), flat.shape[1])
            return zeros.index_copy_(0, tokens, flat).view(*present.shape, -1)

        first, second = self._norms
        flat = states.flatten(0, 1).index_select(0, tokens)
        asked = padded(self._ask(first(flat))).view(*present.shape, 3, self._heads, -1)
        query, key, value = asked.permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(query, key, value, present[:, None, None])
        flat = flat + self._answer(found.transpose(1, 2).reshape(-1, width).index_select(0, tokens))
        flat = flat + self._narrow(functional.gelu(self._widen(second(flat))))
        return padded(flat)


def in_int8(network: MiniNetwork) -> MiniNetwork:
    """The network, to be used for inference alone, with its layers replaced."""
    network.requires_grad_(False)
    for kind, make in _REPLACED.items():
        for module in list(network.modules()):
            for name, child in module.named_children():
                if isinstance(child, kind):
                    setattr(module, name, make(child))
    return network


def _linear(layer: nn.Linear) -> Int8Linear:
    return Int8Linear(layer.weight, layer.bias)


# A layer is replaced before those that it is made of.
_REPLACED: dict[type[nn.Module], Callable[[Any], nn.Module]] = {
    nn.TransformerEncoderLayer: Int8Context,
    Convolution: Int8Convolution,
    nn.Linear: _linear,
}


def _largest(rows: Tensor) -> Tensor:
    """(rows) the largest absolute value of each."""
    return torch.maximum(rows.amax(1), -rows.amin(1))


def _worth(largest: Tensor) -> Tensor:
    """What one is worth, if `largest` is 127."""
    return (largest / _LARGEST).clamp_min(1e-30)


def _scales(rows: Tensor) -> Tensor:
    """(rows) what one is worth in each."""
    return _worth(_largest(rows))


def _codes(rows: Tensor, scales: Tensor) -> Tensor:
    """`rows` in whole numbers of `scales`."""
    return (rows * (1 / scales)[:, None]).round_().to(torch.int8)

"""The network behind `mini`, in transformers' format: a multilingual sentence encoder and a quality estimator over it.

The encoder is that of the Universal Sentence Encoder Multilingual v3 (Yang et al. 2020, "Multilingual Universal
Sentence Encoder for Semantic Retrieval"): SentencePiece embeddings, n-gram convolutions, and a deep averaging head.

The estimator lets the tokens of both sides meet, as in decomposable attention (Parikh et al. 2016, "A Decomposable
Attention Model for Natural Language Inference"): each token attends softly to the other side, is compared with what it
found there, and votes for its own word and for the sentence.

Texts are one flat sequence of tokens, without padding: what a token sees never depends on its batch.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

CONFIG = "config.json"
SAFETENSORS = "model.safetensors"
# The orders of the n-gram convolutions, with the tokens of left context of each.
ORDERS = ((2, 0), (3, 1), (5, 2))
# Texts are padded to a multiple of so many tokens.
_STEP = 8


@dataclass(frozen=True)
class MiniConfig:
    """Sizes of the network, and what it was fitted to.

    Args:
        vocab_size: pieces in the table.
        embedding_size: width of the table.
        hidden_size: width of a convolution.
        vector_size: width of a text's vector.
        head_size: width of the layers of the deep averaging head.
        bits: of an entry of the table, 4 (two a byte, as shipped) or 32 (for training).
        group_size: entries that share a scale, at 4 bits.
        estimator_size: width of the estimator's token states.
        estimator_heads: of its attention.
        languages: BCP 47, those that the encoder was trained or adapted to.
        longest: tokens of a text that the estimator was fitted to.
        calibration: (score, share judged bad) where the score rises, from translations held out of training.
        bad_word: the probability from which a word counts as bad.
        revision: of the weights.
    """

    vocab_size: int = 128_010
    embedding_size: int = 512
    hidden_size: int = 256
    vector_size: int = 512
    head_size: int = 320
    bits: int = 4
    group_size: int = 128
    estimator_size: int = 128
    estimator_heads: int = 4
    languages: Sequence[str] = ()
    longest: int = 120
    calibration: Sequence[Sequence[float]] = ()
    bad_word: float = 0.5
    revision: str = ""


@dataclass(frozen=True)
class Texts:
    """Texts as one flat sequence of tokens.

    Attributes:
        ids: (tokens,) piece ids, each text between its begin and end marks.
        lengths: (texts,) tokens of each.
    """

    ids: Tensor
    lengths: Tensor

    @classmethod
    def of(cls, texts: Sequence[Sequence[int]], device: torch.device | None = None) -> Texts:
        """From the piece ids of each text."""
        flat = [piece for text in texts for piece in text]
        lengths = [len(text) for text in texts]
        return cls(torch.tensor(flat, device=device), torch.tensor(lengths, device=device))

    @property
    def owners(self) -> Tensor:
        """(tokens,) the number of each token's text."""
        return torch.repeat_interleave(self.lengths)

    def windows(self, order: int, left: int) -> Tensor:
        """(tokens, order) the tokens in each token's window; one past the last where it leaves the text."""
        ends = torch.cumsum(self.lengths, 0)
        first = torch.repeat_interleave(ends - self.lengths, self.lengths)[:, None]
        end = torch.repeat_interleave(ends, self.lengths)[:, None]
        places = torch.arange(len(self.ids), device=self.ids.device)[:, None]
        places = places + torch.arange(-left, order - left, device=self.ids.device)
        return torch.where((places >= first) & (places < end), places, len(self.ids))

    def sums(self, values: Tensor) -> Tensor:
        """(texts, width): the sum over each text's tokens of `values` (tokens, width)."""
        sums = values.new_zeros(len(self.lengths), values.shape[1])
        return sums.index_add(0, self.owners, values)

    def padded(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """`values` (tokens, width) as (texts, longest, width) with zeros, and (texts, longest) true at tokens."""
        longest = padded_length(int(self.lengths.max()))
        present = torch.arange(longest, device=self.lengths.device) < self.lengths[:, None]
        padded = values.new_zeros(*present.shape, values.shape[1])
        return padded.masked_scatter(present[..., None], values), present


def padded_length(longest: int) -> int:
    """To how many tokens texts are padded of which the longest has so many."""
    return -(-longest // _STEP) * _STEP


class PackedEmbedding(nn.Module):
    """A table of 4 bits an entry, two a byte, with a scale for each group of a row's entries."""

    def __init__(self, rows: int, width: int, group: int) -> None:
        super().__init__()
        self.register_buffer("codes", torch.zeros(rows, width // 2, dtype=torch.uint8))
        self.register_buffer("scales", torch.zeros(rows, width // group, dtype=torch.float16))
        self.codes: Tensor
        self.scales: Tensor

    def forward(self, ids: Tensor) -> Tensor:
        """(ids, width) in the precision of the network."""
        packed = self.codes[ids]
        values = torch.stack((packed & 15, packed >> 4), dim=-1).flatten(1).float().sub_(7.5)
        scales = self.scales[ids].float()
        return (values.view(len(ids), scales.shape[1], -1) * scales[..., None]).flatten(1)

    @classmethod
    def pack(cls, table: Tensor, group: int, candidates: int = 12) -> PackedEmbedding:
        """The nearest packed table to `table` (rows, width): of several scales a group, the one of least error."""
        rows, width = table.shape
        packed = cls(rows, width, group)
        for first in range(0, rows, 8192):
            values = table[first : first + 8192].float().view(-1, width // group, group)
            peak = values.abs().amax(-1).clamp_min(1e-6) / 7.5
            best = torch.full_like(peak, torch.inf)
            scales, codes = peak.clone(), torch.zeros_like(values)
            for step in range(candidates):
                scale = (peak * (1 - step / (2 * candidates))).half().float().clamp_min(1e-7)
                code = (values / scale[..., None] + 7.5).round().clamp(0, 15)
                error = ((code - 7.5) * scale[..., None] - values).square().sum(-1)
                better = error < best
                best = torch.where(better, error, best)
                scales = torch.where(better, scale, scales)
                codes = torch.where(better[..., None], code, codes)
            flat = codes.flatten(1).to(torch.uint8)
            packed.codes[first : first + 8192] = flat[:, ::2] | (flat[:, 1::2] << 4)
            packed.scales[first : first + 8192] = scales.half()
        return packed


class Convolution(nn.Module):
    """Two residual convolutions over windows of `order` tokens."""

    def __init__(self, width: int, order: int, left: int) -> None:
        super().__init__()
        self.order, self.left = order, left
        self.first = nn.Linear(order * width, width)
        self.second = nn.Linear(order * width, width)

    def forward(self, distinct: Tensor, pieces: Tensor, texts: Texts) -> Tensor:
        """(tokens, hidden). `distinct` are values of distinct pieces, `pieces` the number of each token's own."""
        windows = texts.windows(self.order, self.left)
        # Every product of the first layer is one of a piece: a piece is multiplied once however often it occurs.
        known = torch.cat((pieces, pieces.new_tensor([len(distinct)])))[windows]
        hidden = functional.relu(self._convolve(self.first, distinct, known)) + distinct[pieces]
        return functional.relu(self._convolve(self.second, hidden, windows)) + hidden

    def _convolve(self, layer: nn.Linear, values: Tensor, windows: Tensor) -> Tensor:
        """The layer over each window of `values`, where one past the last is nothing: (windows, hidden)."""
        width = layer.out_features
        taps = layer.weight.view(width, self.order, -1).permute(2, 1, 0).reshape(values.shape[1], -1)
        products = functional.pad((values @ taps).view(-1, width), (0, 0, 0, self.order))
        places = windows * self.order + torch.arange(self.order, device=windows.device)
        return functional.embedding_bag(places, products, mode="sum") + layer.bias


class Encoder(nn.Module):
    """Texts in, token features and unit vectors out."""

    def __init__(self, config: MiniConfig) -> None:
        super().__init__()
        rows, width, head = config.vocab_size, config.embedding_size, config.head_size
        self.embed: nn.Module
        if config.bits == 4:
            self.embed = PackedEmbedding(rows, width, config.group_size)
        else:
            self.embed = nn.Embedding(rows, width, sparse=True)
        inner = len(ORDERS) * config.hidden_size
        self.inner = nn.Linear(width, inner)
        self.inner_norm = nn.LayerNorm(inner, eps=1e-12)
        self.convolutions = nn.ModuleList(Convolution(config.hidden_size, *order) for order in ORDERS)
        self.feature_size = width + inner
        self.norm = nn.LayerNorm(self.feature_size, eps=1e-12)
        self.project = nn.Linear(self.feature_size, width)
        self.head = nn.ModuleDict(
            {
                "skip_in": nn.Linear(width, head, bias=False),
                "in_a": nn.Linear(width, head, bias=False),
                "in_b": nn.Linear(head, head, bias=False),
                "out_a": nn.Linear(head, config.vector_size, bias=False),
                "out_b": nn.Linear(config.vector_size, config.vector_size, bias=False),
                "skip_out": nn.Linear(head, config.vector_size, bias=False),
            }
        )

    def forward(self, texts: Texts) -> tuple[Tensor, Tensor]:
        """Token features (tokens, features) and the unit vector of each text (texts, vector)."""
        distinct, pieces = torch.unique(texts.ids, return_inverse=True)
        embeddings = self.embed(distinct).to(self.norm.weight.dtype)
        branches = self.inner_norm(self.inner(embeddings)).chunk(len(ORDERS), dim=1)
        parts = [embeddings.index_select(0, pieces)]
        for branch, convolution in zip(branches, self.convolutions, strict=True):
            parts.append(convolution(branch, pieces, texts))
        features = self.norm(torch.cat(parts, dim=1))
        lengths = texts.lengths[:, None].to(features.dtype)
        # The sum of projections is the projection of the sum, of which there is one a text.
        mean = self.project(texts.sums(features) / lengths) * lengths.sqrt()
        head = self.head
        inner = functional.relu(head["skip_in"](mean) + head["in_b"](functional.relu(head["in_a"](mean))))
        outer = torch.tanh(head["skip_out"](inner) + head["out_b"](functional.relu(head["out_a"](inner))))
        return features, functional.normalize(outer, dim=1)


@dataclass(frozen=True)
class Reading:
    """What the encoder makes of a batch of pairs.

    Attributes:
        features: (distinct tokens, features).
        tokens: (tokens,) where in `features` each token of `texts` is.
        vectors: (texts, vector).
        texts: all sources and then all targets.
    """

    features: Tensor
    tokens: Tensor
    vectors: Tensor
    texts: Texts


@dataclass(frozen=True)
class Judgement:
    """What the network says of a batch of pairs, all before the sigmoid.

    Attributes:
        quality: (pairs,) of the translation; the sigmoid is its direct assessment over 100.
        source_words, target_words: (tokens,) that the piece's word is badly translated or wrong.
        cosine: (pairs,) of the vectors of the two texts, not a logit.
    """

    quality: Tensor
    source_words: Tensor
    target_words: Tensor
    cosine: Tensor


class Estimator(nn.Module):
    """Attend, compare, aggregate: token features of both sides in, a judgement out."""

    def __init__(self, config: MiniConfig, feature_size: int) -> None:
        super().__init__()
        width = config.estimator_size
        self.reduce = nn.Linear(feature_size, width)
        self.reduce_norm = nn.LayerNorm(width)
        self.side = nn.Parameter(torch.randn(2, width) * 0.02)
        self.attend = nn.Linear(width, width, bias=False)
        # How sharply a token attends, how much it minds distance, and how much to be the same piece counts.
        self.sharpness = nn.Parameter(torch.tensor([2.5, 0.0, 1.0]))
        self.compare = nn.Linear(4 * width + 3, width)
        self.context = nn.TransformerEncoderLayer(
            width, config.estimator_heads, 2 * width, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.word = nn.Linear(width, 1)
        self.weigh = nn.Linear(width, 1)
        self.pair = nn.Linear(4 * config.vector_size, width)
        self.parts = [6 * width, 4 * config.vector_size, 4]
        self.judge = nn.Sequential(nn.Linear(7 * width + 4, width), nn.GELU(), nn.Dropout(0.1), nn.Linear(width, 1))

    def begin(self, features: Tensor) -> Tensor:
        """Token states (tokens, width) from the encoder's features of any texts."""
        states: Tensor = self.reduce_norm(self.reduce(features))
        return states

    def forward(self, states: Tensor, vectors: Tensor, texts: Texts) -> Judgement:
        """`texts` are all sources and then all targets, with their token states and vectors."""
        gathered, source_words, target_words, cosine = self.gather(states, vectors, texts)
        return Judgement(self.decide(gathered), source_words, target_words, cosine)

    def gather(self, states: Tensor, vectors: Tensor, texts: Texts) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What the quality is decided from (pairs, parts); the logits of the words of both sides; and the cosine."""
        pairs = len(texts.lengths) // 2
        states, present = texts.padded(states)
        pieces, _ = texts.padded(texts.ids[:, None].to(states.dtype))
        source, target = torch.split(states, pairs)
        has_source, has_target = torch.split(present, pairs)
        same = torch.split(pieces, pairs)
        same_piece = (same[1] == same[0].mT) & has_target[..., None] & has_source[:, None]
        keys = functional.normalize(self.attend(states), dim=-1)
        similar = keys[pairs:] @ keys[:pairs].mT
        scores = self.sharpness[0].exp() * similar - self.sharpness[1].exp() * _distances(texts.lengths, present)
        scores = scores + self.sharpness[2] * same_piece
        found_source = self._meet(target, source, scores, similar, same_piece, has_source, self.side[1])
        found_target = self._meet(source, target, scores.mT, similar.mT, same_piece.mT, has_target, self.side[0])
        met = self.context(torch.cat((found_target, found_source)), src_key_padding_mask=~present)
        words = self.word(met)[..., 0][present]
        weights = self.weigh(met)[..., 0].masked_fill(~present, -torch.inf).softmax(-1)
        share = present / texts.lengths[:, None]
        pooled = torch.cat(
            (
                torch.einsum("nt,ntw->nw", weights, met),
                torch.einsum("nt,ntw->nw", share.to(met.dtype), met),
                met.masked_fill(~present[..., None], -torch.inf).amax(1),
            ),
            dim=1,
        )
        one, other = torch.split(vectors, pairs)
        cosine = (one * other).sum(1)
        lengths = torch.split(texts.lengths.double().log().to(met.dtype), pairs)
        numbers = torch.stack((cosine, lengths[0], lengths[1], lengths[1] - lengths[0]), dim=1)
        # Entries of a unit vector are small; these are near 1.
        scale = vectors.shape[1] ** 0.5
        whole = torch.cat(((one - other).abs(), one * other * scale, one, other), dim=1) * scale
        sources = int(texts.lengths[:pairs].sum())
        gathered = torch.cat((*torch.split(pooled, pairs), whole, numbers), dim=1)
        return gathered, words[:sources], words[sources:], cosine

    def decide(self, gathered: Tensor) -> Tensor:
        """(pairs,) the quality, before the sigmoid, from what `gather` gives."""
        pooled, whole, numbers = torch.split(gathered, self.parts, dim=1)
        quality: Tensor = self.judge(torch.cat((pooled, functional.gelu(self.pair(whole)), numbers), dim=1))[:, 0]
        return quality

    def _meet(
        self, states: Tensor, others: Tensor, scores: Tensor, similar: Tensor, same: Tensor, exist: Tensor, side: Tensor
    ) -> Tensor:
        """Each token compared with what it finds on the other side: (texts, tokens, width)."""
        weights = scores.masked_fill(~exist[:, None], -torch.inf).softmax(-1)
        found = weights @ others
        numbers = torch.stack(
            (
                similar.masked_fill(~exist[:, None], -1.0).amax(-1),
                (weights * similar).sum(-1),
                same.any(-1).to(similar.dtype),
            ),
            dim=-1,
        )
        seen = torch.cat((states, found, (states - found).abs(), states * found, numbers), dim=-1)
        compared: Tensor = functional.gelu(self.compare(seen)) + side
        return compared


def _distances(lengths: Tensor, present: Tensor) -> Tensor:
    """How far apart two tokens stand in their texts, as shares of these: (pairs, target, source)."""
    places = torch.arange(present.shape[1], device=lengths.device) / lengths[:, None]
    source, target = torch.split(places, len(lengths) // 2)
    return (target[..., None] - source[:, None]).abs()


class MiniNetwork(nn.Module):
    """Encoder and estimator. `forward` takes the piece ids of sources and targets.

    Its files are transformers' (config.json, model.safetensors), but read without it: to import what its own models
    are made of takes several times as long as to load this one.
    """

    def __init__(self, config: MiniConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.estimator = Estimator(config, self.encoder.feature_size)

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return self.encoder.norm.weight.device

    @classmethod
    def from_pretrained(cls, folder: Path, dtype: torch.dtype = torch.float32) -> MiniNetwork:
        """The network of a folder as `save_pretrained` leaves it, its floating-point weights as `dtype`."""
        values = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        config = MiniConfig(**{field.name: values[field.name] for field in fields(MiniConfig)})
        network = cls(config)
        network.load_state_dict(load_file(folder / SAFETENSORS), assign=True)
        return network.to(dtype).eval()

    def save_pretrained(self, folder: Path) -> None:
        """Write config.json and model.safetensors."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.state_dict(), folder / SAFETENSORS, metadata={"format": "pt"})
        values = {"architectures": [type(self).__name__], "model_type": "mtcheck-mini", **asdict(self.config)}
        (folder / CONFIG).write_text(json.dumps(values, indent=2, sort_keys=True) + "\n", encoding="utf-8")

    def forward(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> Judgement:
        """Judge pairs of texts, each given as its piece ids with begin and end marks."""
        return self.judge(self.read(sources, targets))

    def read(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> Reading:
        """The encoder's part: what it makes of each distinct text, a source with several translations once."""
        places: dict[tuple[int, ...], int] = {}
        rows = [places.setdefault(tuple(text), len(places)) for text in (*sources, *targets)]
        distinct = Texts.of(list(places), self.device)
        features, vectors = self.encoder(distinct)
        index = torch.tensor(rows, device=self.device)
        lengths = distinct.lengths[index]
        starts = (torch.cumsum(distinct.lengths, 0) - distinct.lengths)[index]
        within = torch.arange(int(lengths.sum()), device=self.device)
        within = within - torch.repeat_interleave(torch.cumsum(lengths, 0) - lengths, lengths)
        tokens = torch.repeat_interleave(starts, lengths) + within
        return Reading(features, tokens, vectors[index], Texts(distinct.ids[tokens], lengths))

    def judge(self, reading: Reading) -> Judgement:
        """The estimator's part."""
        states = self.estimator.begin(reading.features)[reading.tokens]
        judgement: Judgement = self.estimator(states, reading.vectors, reading.texts)
        return judgement

    def packed(self) -> MiniNetwork:
        """The same network with its table at 4 bits."""
        config = replace(self.config, bits=4)
        network = MiniNetwork(config)
        state = {name: value for name, value in self.state_dict().items() if not name.startswith("encoder.embed.")}
        network.load_state_dict(state, strict=False)
        table = self.encoder.embed.get_parameter("weight")
        network.encoder.embed = PackedEmbedding.pack(table.detach(), config.group_size)
        return network

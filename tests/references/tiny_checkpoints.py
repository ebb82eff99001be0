"""Tiny checkpoints with random weights, in the formats of the real families, made on the spot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SENTENCES = [
    "Regeringen lade på tisdagen fram en ny budget för nästa år.",
    "Polisen grep två män efter ett inbrott i Malmö, säger åklagaren.",
    "Det blir snö i hela landet på onsdag, enligt prognosen.",
    "Bolaget redovisar en vinst på 12,5 miljoner kronor.",
    "Hon sade att mötet skulle äga rum i Göteborg.",
    "Tåget från Stockholm är försenat igen, skriver tidningen.",
    "The government presented a new budget for next year on Tuesday.",
    "Police arrested two men after a burglary in Malmö, says the prosecutor.",
    "There will be snow all over the country on Wednesday, according to the forecast.",
    "The company reports a profit of 12.5 million kronor.",
    "She said that the meeting would take place in Gothenburg.",
    "The train from Stockholm is delayed again, writes the newspaper.",
]
SMALL = {"d_model": 32, "init_std": 0.3}
LAYERS = {
    f"{side}_{name}": value
    for side in ("encoder", "decoder")
    for name, value in (("layers", 2), ("attention_heads", 2), ("ffn_dim", 64))
}


def _sentencepiece(folder: Path, name: str, **options: Any) -> list[tuple[str, float]]:
    """A model file trained on SENTENCES; its pieces with their scores."""
    import sentencepiece

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "text").write_text("\n".join(SENTENCES), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text"),
        model_prefix=str(folder / "sp"),
        vocab_size=120,
        minloglevel=2,
        normalization_rule_name="nmt_nfkc",
        **options,
    )
    (folder / "text").unlink()
    (folder / "sp.vocab").unlink()
    (folder / "sp.model").rename(folder / name)
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / name))
    return [(processor.id_to_piece(at), processor.get_score(at)) for at in range(processor.get_piece_size())]


def _save(model: Any, folder: Path, card: str = "") -> None:
    model.eval().save_pretrained(folder)
    if card:
        (folder / "README.md").write_text(f"---\n{card}\n---\n# A model\n", encoding="utf-8")


def make_marian(folder: Path, *, languages: tuple[str, ...] = (), **tokenizer_config: str) -> Path:
    """OPUS-MT: two SentencePiece models, one vocabulary, perhaps with `>>xxx<<` tokens; 64 positions."""
    import torch
    from transformers import MarianConfig, MarianMTModel

    pieces = [piece for piece, _ in _sentencepiece(folder, "source.spm")]
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    words = ["</s>", "<unk>", *(piece for piece in pieces if not piece.startswith("<"))]
    words += [f">>{code}<<" for code in languages] + ["<pad>"]
    (folder / "vocab.json").write_text(json.dumps({word: at for at, word in enumerate(words)}))
    config = {"tokenizer_class": "MarianTokenizer", "model_max_length": 64, **tokenizer_config}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    torch.manual_seed(0)
    pad = len(words) - 1
    model = MarianMTModel(
        MarianConfig(
            vocab_size=len(words),
            max_position_embeddings=64,
            pad_token_id=pad,
            decoder_start_token_id=pad,
            eos_token_id=0,
            forced_eos_token_id=0,
            **SMALL,
            **LAYERS,
        )
    )
    torch.nn.init.normal_(model.final_logits_bias)
    _save(model, folder, "license: apache-2.0\nlanguage:\n- sv\n- en")
    return folder


def make_m2m100(folder: Path) -> Path:
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    pieces = [piece for piece, _ in _sentencepiece(folder, "sentencepiece.bpe.model", model_type="bpe")]
    words = ["<s>", "<pad>", "</s>", "<unk>", *pieces[3:]]
    (folder / "vocab.json").write_text(json.dumps({word: at for at, word in enumerate(words)}))
    tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(1)
    config = M2M100Config(
        vocab_size=len(words) + 108,
        max_position_embeddings=64,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
        **SMALL,
        **LAYERS,
    )
    model = M2M100ForConditionalGeneration(config)
    # The real checkpoints' bound, which would cut.
    model.generation_config.max_length = 20
    _save(model, folder, "license: mit")
    return folder


def make_nllb(folder: Path) -> Path:
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import Metaspace
    from tokenizers.trainers import BpeTrainer
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    trained = Tokenizer(BPE(unk_token="<unk>"))
    trained.pre_tokenizer = Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trained.train_from_iterator(SENTENCES, BpeTrainer(vocab_size=200, special_tokens=special, show_progress=False))
    learned = json.loads(trained.to_str())["model"]
    tokenizer = NllbTokenizer(vocab=learned["vocab"], merges=[tuple(merge) for merge in learned["merges"]])
    tokenizer.save_pretrained(folder)
    torch.manual_seed(2)
    config = M2M100Config(
        vocab_size=len(tokenizer),
        max_position_embeddings=64,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
        **SMALL,
        **LAYERS,
    )
    _save(M2M100ForConditionalGeneration(config), folder, "license: cc-by-nc-4.0")
    return folder


def make_mbart(folder: Path, *, first: bool = False) -> Path:
    """mBART-50, or the first mBART, whose source ends and whose decoder begins with the language."""
    import torch
    from transformers import MBart50Tokenizer, MBartConfig, MBartForConditionalGeneration, MBartTokenizer

    pieces = _sentencepiece(folder / "made", "sp.model")
    (MBartTokenizer if first else MBart50Tokenizer)(vocab=pieces).save_pretrained(folder)
    tokenizer = (MBartTokenizer if first else MBart50Tokenizer).from_pretrained(folder)
    torch.manual_seed(4)
    config = MBartConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=64,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
        forced_eos_token_id=2,
        **SMALL,
        **LAYERS,
    )
    _save(MBartForConditionalGeneration(config), folder, "license: mit")
    return folder


def make_t5(folder: Path) -> Path:
    """T5 with MADLAD's `<2xx>` tokens, relative positions and no limit."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    pieces = _sentencepiece(folder / "made", "sp.model")
    words = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces[3:]]
    tokenizer = T5Tokenizer(vocab=words, extra_ids=0, additional_special_tokens=["<2en>", "<2sv>"])
    tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        initializer_factor=1.0,
        decoder_start_token_id=0,
    )
    _save(T5ForConditionalGeneration(config), folder, "license: apache-2.0")
    return folder

"""Tiny checkpoints with random weights, in the formats of the real families, made on the spot."""

from __future__ import annotations

import json
from collections.abc import Callable
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


def make_decoder(folder: Path, kind: str, *, chat: bool = False) -> Path:
    """Llama or GPT-2, with a byte-level vocabulary; 256 positions."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.decoders import ByteLevel as Bytes
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from tokenizers.trainers import BpeTrainer
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    trained = Tokenizer(BPE())
    trained.pre_tokenizer, trained.decoder = ByteLevel(add_prefix_space=False), Bytes()
    trained.train_from_iterator(
        SENTENCES,
        BpeTrainer(
            vocab_size=400,
            special_tokens=["<end>", "<user>", "<model>"],
            initial_alphabet=ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=trained, eos_token="<end>")
    if chat:
        tokenizer.chat_template = "{% for m in messages %}<user>{{ m.content }}{% endfor %}<model>"
    tokenizer.save_pretrained(folder)
    torch.manual_seed(10)
    shared = {"vocab_size": len(tokenizer), "initializer_range": 0.3, "bos_token_id": 0, "eos_token_id": 0}
    model: Any
    if kind == "gpt2":
        model = GPT2LMHeadModel(GPT2Config(n_embd=32, n_layer=2, n_head=2, n_positions=256, **shared))
    else:
        sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
        model = LlamaForCausalLM(LlamaConfig(max_position_embeddings=256, **sizes, **shared))
    _save(model, folder, "license: apache-2.0")
    return folder


def _bert(folder: Path, *, lower: bool = False, words: int = 200) -> None:
    """An encoder with a WordPiece vocabulary of SENTENCES."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.trainers import WordPieceTrainer
    from transformers import BertConfig, BertModel, BertTokenizer

    trained = Tokenizer(WordPiece(unk_token="[UNK]"))
    trained.normalizer = BertNormalizer(lowercase=lower)
    trained.pre_tokenizer = BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trained.train_from_iterator(
        SENTENCES, WordPieceTrainer(vocab_size=words, special_tokens=special, show_progress=False)
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = BertTokenizer(vocab=trained.get_vocab(), do_lower_case=lower, model_max_length=64)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=trained.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.3,
    )
    _save(BertModel(config), folder, "license: apache-2.0\nlanguage:\n- sv\n- en")


def _xlm_roberta(folder: Path) -> Any:
    """An encoder with a SentencePiece vocabulary of SENTENCES; its vocabulary's size. 62 tokens at most."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel, XLMRobertaTokenizer

    pieces = _sentencepiece(folder / "made", "sp.model")
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces[3:]]
    XLMRobertaTokenizer(vocab=vocabulary).save_pretrained(folder)
    torch.manual_seed(6)
    config = XLMRobertaConfig(
        vocab_size=len(XLMRobertaTokenizer.from_pretrained(folder)),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        type_vocab_size=1,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        initializer_range=0.3,
    )
    model = XLMRobertaModel(config)
    _save(model, folder, "license: mit\nlanguage: multilingual")
    return model


def _t5_encoder(folder: Path) -> None:
    import torch
    from transformers import T5Config, T5EncoderModel, T5Tokenizer

    pieces = _sentencepiece(folder / "made", "sp.model")
    words = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces[3:]]
    tokenizer = T5Tokenizer(vocab=words, extra_ids=0)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(7)
    config = T5Config(vocab_size=len(tokenizer), d_model=32, d_kv=16, d_ff=64, num_layers=2, num_heads=2)
    _save(T5EncoderModel(config), folder, "license: apache-2.0\nlanguage: en")


def make_sbert(
    folder: Path,
    encoder: str,
    pooling: dict[str, Any] | None,
    *,
    dense: tuple[int, str] | None = None,
    normalize: bool = False,
    pickled: bool = False,
    **config: Any,
) -> Path:
    """sentence-transformers' format: `modules.json` with a folder for each module after the transformer.

    Args:
        encoder: bert, bert-lower, xlm-roberta or t5.
        pooling: its `config.json`, without dimensions; None for a plain transformers folder.
        dense: dimensions and activation of a Dense module.
        config: what `sentence_bert_config.json` holds.
    """
    import torch
    from safetensors.torch import save_file

    match encoder:
        case "xlm-roberta":
            _xlm_roberta(folder)
        case "t5":
            _t5_encoder(folder)
        case _:
            _bert(folder, lower=encoder == "bert-lower")
    if pooling is None:
        return folder
    base = "sentence_transformers.models"
    modules = [("", "Transformer"), ("1_Pooling", "Pooling")]
    (folder / "sentence_bert_config.json").write_text(json.dumps({"do_lower_case": False, **config}))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32, **pooling}))
    if dense:
        inputs = 32 * max(1, sum(value is True for value in pooling.values()))
        path = folder / "2_Dense"
        path.mkdir()
        activation = {"in_features": inputs, "out_features": dense[0], "bias": True, "activation_function": dense[1]}
        (path / "config.json").write_text(json.dumps(activation))
        torch.manual_seed(8)
        linear = torch.nn.Linear(inputs, dense[0])
        weights = {f"linear.{name}": value.detach() for name, value in linear.state_dict().items()}
        if pickled:
            torch.save(weights, path / "pytorch_model.bin")
        else:
            save_file(weights, path / "model.safetensors")
        modules.append(("2_Dense", "Dense"))
    if normalize:
        (folder / "3_Normalize").mkdir()
        modules.append(("3_Normalize", "Normalize"))
    (folder / "modules.json").write_text(
        json.dumps(
            [
                {"idx": at, "name": str(at), "path": path, "type": f"{base}.{kind}"}
                for at, (path, kind) in enumerate(modules)
            ]
        )
    )
    return folder


def make_metricx(folder: Path, *, tokenizer: bool = True) -> Path:
    """MetricX's format: an mT5 with an output layer of its own, pickled, without a tokenizer; beside it mT5's.

    Its vocabulary is as large as the real one's, for the token that the score is read from is the 250089th.
    """
    import torch
    from transformers import MT5Config, MT5ForConditionalGeneration

    if tokenizer:
        _sentencepiece(folder, "spiece.model", pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(10)
    config = MT5Config(
        vocab_size=250112, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, initializer_factor=1.0
    )
    model = MT5ForConditionalGeneration(config)
    weights = model.state_dict() | {"lm_head.weight": torch.randn(250112, 16)}
    weights["lm_head.weight"][250089] = torch.linspace(-4, 6, 16)
    torch.save(weights, folder / "pytorch_model.bin")
    stated = config.to_dict() | {"architectures": ["MT5ForRegression"], "tie_word_embeddings": False}
    (folder / "config.json").write_text(json.dumps(stated))
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# A model\n", encoding="utf-8")
    return folder


def make_comet(
    folder: Path, kind: str = "unified_metric", encoder: Callable[[Path], Any] | None = None, **hparams: Any
) -> Path:
    """COMET's format: `hparams.yaml`, a Lightning checkpoint, and beside them what the encoder's own page has.

    Args:
        kind: the class identifier: unified_metric (CometKiwi), xcomet_metric (xCOMET), regression_metric (COMET) or
            referenceless_regression_metric (COMET-QE).
        encoder: saves an XLM-RoBERTa with its tokenizer and gives it; by default a tiny one.
        hparams: what differs from CometKiwi's.
    """
    import torch
    import yaml

    made = (encoder or _xlm_roberta)(folder)
    (folder / "model.safetensors").unlink()
    stated = {
        "class_identifier": kind,
        "encoder_model": "XLM-RoBERTa",
        "pretrained_model": str(folder),
        "layer_transformation": "sparsemax",
        "layer_norm": False,
        "hidden_sizes": [24, 12],
        "activations": "Tanh",
        "final_activation": None,
        "dropout": 0.1,
        **{
            "unified_metric": {"sent_layer": "mix", "input_segments": ["mt", "src"]},
            "xcomet_metric": {"sent_layer": "mix", "word_layer": 2, "error_labels": ["minor", "major", "critical"]},
        }.get(kind, {"layer": "mix"}),
        **hparams,
    }
    torch.manual_seed(9)
    # Its encoder has no pooler.
    states = {name: value for name, value in made.state_dict().items() if not name.startswith("pooler.")}
    weights = {f"encoder.model.{name}": value for name, value in states.items()}
    units = made.config.hidden_size * {"regression_metric": 6, "referenceless_regression_metric": 4}.get(kind, 1)
    for place, size in zip((0, 3, 6), (*stated["hidden_sizes"], 1), strict=True):
        weights[f"estimator.ff.{place}.weight"] = torch.randn(size, units) / units**0.5
        weights[f"estimator.ff.{place}.bias"] = torch.randn(size) / 4
        units = size
    if labels := stated.get("error_labels"):
        weights["hidden2tag.weight"] = torch.randn(len(labels) + 1, made.config.hidden_size)
        # Most tokens are right.
        weights["hidden2tag.bias"] = torch.tensor([3.0, *[0.0] * len(labels)])
    if "mix" in (stated.get("layer"), stated.get("sent_layer")):
        for layer in range(made.config.num_hidden_layers + 1):
            weights[f"layerwise_attention.scalar_parameters.{layer}"] = torch.randn(1) / 2
        weights["layerwise_attention.gamma"] = torch.tensor([1.3])
    (folder / "checkpoints").mkdir()
    saved = {"state_dict": weights, "hyper_parameters": stated, "pytorch-lightning_version": "2.0.0"}
    torch.save(saved, folder / "checkpoints" / "model.ckpt")
    (folder / "hparams.yaml").write_text(yaml.safe_dump(stated))
    return folder

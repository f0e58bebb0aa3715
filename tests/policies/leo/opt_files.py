"""A small byte-pair model and a small OPT, in files of the released layout: their keys, shapes and dtypes."""

import dataclasses
import json
from functools import cache
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import GPT2Tokenizer

from leo_agent.policies.leo.config.config import OPT_LORA_TARGETS, LanguageModelConfig, LeoConfig, LoraConfig
from leo_agent.policies.leo.text.corpus import tokenizer_corpus
from leo_agent.policies.leo.weights.importing import ReleasedFiles
from leo_agent.policies.leo.weights.tensor_files import Shape
from tests.policies.leo import released_files as made

CONTROL = ["<s>", "<pad>", "</s>", "<unk>"]
LAST = ["<|endoftext|>", "madeupword0000", "madeupword0001", "madeupword0002", "<mask>"]
CONTROL_CHARACTERS = [chr(256 + byte) for byte in range(32)]  # as GPT-2 writes these bytes
EXTRA_ROWS = 7
POSITIONS = 512


@cache
def vocabulary_and_merges() -> tuple[dict[str, int], list[str]]:
    """Trained on our prompts, then in OPT's order: rare pieces last, and among them the bytes 0 to 31."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=1500, initial_alphabet=alphabet, show_progress=False)
    rng = np.random.default_rng(0)
    rare = ["".join(map(chr, rng.integers(ord("a"), ord("z") + 1, 6))) for _ in range(600)]
    tokenizer.train_from_iterator([*tokenizer_corpus(), *rare, *rare], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    learnt = sorted(model["vocab"], key=model["vocab"].get)
    common = [each for each in learnt if each not in CONTROL_CHARACTERS]
    pieces = [*CONTROL, *common, *CONTROL_CHARACTERS, *LAST]
    return {piece: number for number, piece in enumerate(pieces)}, [" ".join(pair) for pair in model["merges"]]


def write_tokenizer(folder: Path) -> None:
    """vocab.json and merges.txt."""
    vocabulary, merges = vocabulary_and_merges()
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")


def gpt2_tokenizer(folder: Path) -> GPT2Tokenizer:
    """transformers' own, of the same two files and with OPT's special tokens."""
    files = {"vocab": str(folder / "vocab.json"), "merges": str(folder / "merges.txt")}
    return GPT2Tokenizer(**files, unk_token="</s>", bos_token="</s>", eos_token="</s>", pad_token="<pad>")


def opt_sizes() -> made.Sizes:
    return dataclasses.replace(made.SMALL, vocab=len(vocabulary_and_merges()[0]))


def opt_config() -> LeoConfig:
    sizes = opt_sizes()
    language_model = LanguageModelConfig(
        architecture="opt",
        vocab_size=sizes.vocab,
        extra_rows=EXTRA_ROWS,
        hidden_size=sizes.width,
        num_layers=sizes.layers,
        num_heads=sizes.heads,
        intermediate_size=sizes.mlp,
        max_positions=POSITIONS,
    )
    return dataclasses.replace(
        made.config_of(sizes),
        name="leo-opt-tiny",
        language_model=language_model,
        lora=LoraConfig(rank=sizes.rank, targets=OPT_LORA_TARGETS),
    )


def opt_shapes() -> dict[str, Shape]:
    """As Meta's files have them: without `model.` and without an output layer."""
    sizes = opt_sizes()
    d, m = sizes.width, sizes.mlp
    found: dict[str, Shape] = {
        "decoder.embed_tokens.weight": (sizes.vocab + EXTRA_ROWS, d),
        "decoder.embed_positions.weight": (POSITIONS + 2, d),
    }
    norms = ["decoder.final_layer_norm"]
    for layer in range(sizes.layers):
        at = f"decoder.layers.{layer}."
        linear = {f"{at}self_attn.{name}_proj": (d, d) for name in ("q", "k", "v", "out")}
        linear |= {f"{at}fc1": (m, d), f"{at}fc2": (d, m)}
        norms += [f"{at}self_attn_layer_norm", f"{at}final_layer_norm"]
        for name, shape in linear.items():
            found |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return found | {f"{name}.{leaf}": (d,) for name in norms for leaf in ("weight", "bias")}


def opt_leo_shapes() -> dict[str, Shape]:
    """What LEO trains with OPT: adapters on four layers of attention, the rest as with Vicuna."""
    sizes = opt_sizes()
    found = {name: shape for name, shape in made.leo_shapes(sizes).items() if ".lora_" not in name}
    for layer in range(sizes.layers):
        for name in OPT_LORA_TARGETS:
            at = f"llm_model.base_model.model.model.decoder.layers.{layer}.self_attn.{name}.lora_"
            found |= {f"{at}A.default.weight": (sizes.rank, sizes.width)}
            found |= {f"{at}B.default.weight": (sizes.width, sizes.rank)}
    return found


def write_opt_files(folder: Path) -> ReleasedFiles:
    """One small file of each kind."""
    paths = ReleasedFiles(folder / "opt", folder / "leo.pth", folder / "points.pth", folder / "open_clip.bin")
    sizes = opt_sizes()
    paths.language_model.mkdir()
    write_tokenizer(paths.language_model)
    description = {
        "model_type": "opt",
        "activation_function": "relu",
        "do_layer_norm_before": True,
        "ffn_dim": sizes.mlp,
        "hidden_size": sizes.width,
        "max_position_embeddings": POSITIONS,
        "num_attention_heads": sizes.heads,
        "num_hidden_layers": sizes.layers,
        "vocab_size": sizes.vocab + EXTRA_ROWS,
        "word_embed_proj_dim": sizes.width,
        "bos_token_id": 2,
        "eos_token_id": 2,
        "pad_token_id": 1,
    }
    made.write_json(paths.language_model / "config.json", description)
    torch.save(made.random_tensors(opt_shapes(), torch.float16), paths.language_model / "pytorch_model.bin")
    torch.save(made.random_tensors(opt_leo_shapes(), seed=1), paths.leo)
    torch.save(made.random_tensors(made.point_shapes(sizes), seed=2), paths.points)
    torch.save(made.random_tensors(made.open_clip_shapes(sizes, 16, 1, vocab=50), seed=3), folder / "open_clip.bin")
    return paths

"""Files like the released ones: their exact keys, shapes and dtypes at any size, with random values.

The lists of keys are written out from the released structure, not asked from our own model, so that the two can be
compared. At full size they need no memory: see `stored`.
"""

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from leo_agent.policies.leo.config.config import (
    AbstractionConfig,
    ClipTextConfig,
    ImageEncoderConfig,
    LanguageModelConfig,
    LeoConfig,
    LoraConfig,
    PointEncoderConfig,
    SpatialConfig,
)
from leo_agent.policies.leo.weights.importing import ReleasedFiles
from leo_agent.policies.leo.weights.tensor_files import StoredTensor
from tests.policies.leo import tiny

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Sizes:
    """The widths that the released files have at full size; the structure does not depend on them."""

    vocab: int = 32000
    width: int = 4096
    layers: int = 32
    heads: int = 32
    mlp: int = 11008
    rank: int = 16
    spatial: int = 256
    spatial_heads: int = 8
    spatial_mlp: int = 2048
    point_channels: tuple[tuple[int, ...], ...] = ((64, 64, 128), (128, 128, 256), (256, 512, 768))
    point_output: int = 768
    image_depths: tuple[int, ...] = (3, 3, 27, 3)
    image_dims: tuple[int, ...] = (128, 256, 512, 1024)
    image_head: int = 640


FULL = Sizes()
SMALL = Sizes(
    width=48,
    layers=2,
    heads=3,
    mlp=64,
    rank=2,
    spatial=32,
    spatial_heads=2,
    spatial_mlp=32,
    point_channels=((8, 8, 8), (8, 8, 16), (16, 16, 24)),
    point_output=24,
    image_depths=(1, 1, 2, 1),
    image_dims=(4, 8, 8, 16),
    image_head=12,
)


def small_sizes() -> Sizes:
    """Small widths, and the vocabulary of the tests' tokenizer."""
    return dataclasses.replace(SMALL, vocab=tiny.tokenizer().vocab_size)


def config_of(sizes: Sizes, clip_text: ClipTextConfig | None = None, tuned_image: bool = False) -> LeoConfig:
    """The configuration that files of these sizes belong to."""
    stages = zip((32, 16, None), (0.2, 0.4, 0.0), (32, 32, 0), sizes.point_channels, strict=True)
    return LeoConfig(
        language_model=LanguageModelConfig(
            vocab_size=sizes.vocab,
            hidden_size=sizes.width,
            num_layers=sizes.layers,
            num_heads=sizes.heads,
            intermediate_size=sizes.mlp,
        ),
        lora=LoraConfig(rank=sizes.rank),
        image=ImageEncoderConfig(
            sizes.image_depths, sizes.image_dims, num_classes=sizes.image_head, trainable=tuned_image
        ),
        points=PointEncoderConfig(
            stages=tuple(AbstractionConfig(*each) for each in stages), output_dim=sizes.point_output
        ),
        spatial=SpatialConfig(
            hidden_size=sizes.spatial, num_heads=sizes.spatial_heads, intermediate_size=sizes.spatial_mlp
        ),
        clip_text=clip_text,
    )


def llama_shapes(sizes: Sizes) -> Shapes:
    """A Llama of Hugging Face's layout, as transformers of that time wrote it: with rotation frequencies."""
    d, m = sizes.width, sizes.mlp
    found: Shapes = {"model.embed_tokens.weight": (sizes.vocab, d)}
    for layer in range(sizes.layers):
        at = f"model.layers.{layer}."
        found |= {f"{at}self_attn.{name}_proj.weight": (d, d) for name in "qkvo"}
        found |= {f"{at}mlp.{name}_proj.weight": (m, d) for name in ("gate", "up")}
        found |= {f"{at}mlp.down_proj.weight": (d, m)}
        found |= {f"{at}{name}_layernorm.weight": (d,) for name in ("input", "post_attention")}
        found |= {f"{at}self_attn.rotary_emb.inv_freq": (d // sizes.heads // 2,)}
    return found | {"model.norm.weight": (d,), "lm_head.weight": (sizes.vocab, d)}


def leo_shapes(sizes: Sizes) -> Shapes:
    """align.pth and sft_noact.pth: LoRA, the two projections, and the spatial transformer with its agent token."""
    d, m, s, r = sizes.width, sizes.mlp, sizes.spatial, sizes.rank
    found: Shapes = {}
    linear = {f"self_attn.{name}_proj": (d, d) for name in "qkvo"}
    linear |= {"mlp.gate_proj": (m, d), "mlp.up_proj": (m, d), "mlp.down_proj": (d, m)}
    for layer in range(sizes.layers):
        for name, (rows, columns) in linear.items():
            at = f"llm_model.base_model.model.model.layers.{layer}.{name}.lora_"
            found |= {f"{at}A.default.weight": (r, columns), f"{at}B.default.weight": (rows, r)}
    found |= {"img_proj.weight": (d, sizes.image_dims[-1]), "img_proj.bias": (d,)}
    found |= {"pcd_proj.weight": (d, s), "pcd_proj.bias": (d,)}
    found |= {f"pcd_encoder.{name}": shape for name, shape in scene_encoder_shapes(sizes).items()}
    return found


def scene_encoder_shapes(sizes: Sizes) -> Shapes:
    s, m = sizes.spatial, sizes.spatial_mlp
    found: Shapes = {
        "anchor_feat": (1, 1, s),
        "anchor_size": (1, 1, 3),
        "obj_proj.weight": (s, sizes.point_output),
        "obj_proj.bias": (s,),
        "orient_encoder.weight": (s, 84),
        "orient_encoder.bias": (s,),
        "obj_type_embed.weight": (2, s),
        "loc_layers.0.0.weight": (s, 6),
        "loc_layers.0.0.bias": (s,),
        "loc_layers.0.1.weight": (s,),
        "loc_layers.0.1.bias": (s,),
    }
    linear = {f"self_attn.{name}": (s, s) for name in ("w_qs", "w_ks", "w_vs", "fc")}
    linear |= {"self_attn.lang_cond_fc": (6 * sizes.spatial_heads, s), "linear1": (m, s), "linear2": (s, m)}
    for layer in range(3):
        at = f"spatial_encoder.{layer}."
        for name, shape in linear.items():
            found |= {f"{at}{name}.weight": shape, f"{at}{name}.bias": shape[:1]}
        for name in ("self_attn.layer_norm", "norm1", "norm2"):
            found |= {f"{at}{name}.weight": (s,), f"{at}{name}.bias": (s,)}
    return found


def point_shapes(sizes: Sizes) -> Shapes:
    """pointnetpp_vil3dref.pth."""
    found: Shapes = {}
    width = 3
    for stage, channels in enumerate(sizes.point_channels):
        width += 3
        for layer, out in enumerate(channels):
            at = f"encoder.{stage}.mlps.0.layer{layer}."
            found[f"{at}conv.weight"] = (out, width, 1, 1)
            found |= {f"{at}bn.bn.{name}": (out,) for name in ("weight", "bias", "running_mean", "running_var")}
            found[f"{at}bn.bn.num_batches_tracked"] = ()
            width = out
    return found | {"fc.weight": (sizes.point_output, width), "fc.bias": (sizes.point_output,)}


def image_tower_shapes(sizes: Sizes) -> Shapes:
    """timm's ConvNeXt without the classifier of its head."""
    dims = sizes.image_dims
    found: Shapes = {"stem.0.weight": (dims[0], 3, 4, 4)}
    found |= {f"stem.{name}": (dims[0],) for name in ("0.bias", "1.weight", "1.bias")}
    for stage, (depth, d) in enumerate(zip(sizes.image_depths, dims, strict=True)):
        at = f"stages.{stage}."
        if stage:
            before = dims[stage - 1]
            found |= {f"{at}downsample.0.{name}": (before,) for name in ("weight", "bias")}
            found |= {f"{at}downsample.1.weight": (d, before, 2, 2), f"{at}downsample.1.bias": (d,)}
        for block in range(depth):
            inside = f"{at}blocks.{block}."
            names = ("gamma", "conv_dw.bias", "norm.weight", "norm.bias", "mlp.fc2.bias")
            found |= {f"{inside}{name}": (d,) for name in names}
            found |= {f"{inside}conv_dw.weight": (d, 1, 7, 7), f"{inside}mlp.fc1.bias": (4 * d,)}
            found |= {f"{inside}mlp.fc1.weight": (4 * d, d), f"{inside}mlp.fc2.weight": (d, 4 * d)}
    return found | {"head.norm.weight": (dims[-1],), "head.norm.bias": (dims[-1],)}


def clip_text_shapes(width: int, layers: int, output: int, context: int = 77, vocab: int = 49408) -> Shapes:
    """The text side of a CLIP file of open_clip, with its scale."""
    found: Shapes = {
        "positional_embedding": (context, width),
        "text_projection": (width, output),
        "logit_scale": (),
        "token_embedding.weight": (vocab, width),
        "ln_final.weight": (width,),
        "ln_final.bias": (width,),
    }
    for layer in range(layers):
        at = f"transformer.resblocks.{layer}."
        found |= {f"{at}{name}": (width,) for name in ("ln_1.weight", "ln_1.bias", "ln_2.weight", "ln_2.bias")}
        found |= {f"{at}attn.in_proj_weight": (3 * width, width), f"{at}attn.in_proj_bias": (3 * width,)}
        found |= {f"{at}attn.out_proj.weight": (width, width), f"{at}attn.out_proj.bias": (width,)}
        found |= {f"{at}mlp.c_fc.weight": (4 * width, width), f"{at}mlp.c_fc.bias": (4 * width,)}
        found |= {f"{at}mlp.c_proj.weight": (width, 4 * width), f"{at}mlp.c_proj.bias": (width,)}
    return found


def open_clip_shapes(sizes: Sizes, text_width: int, text_layers: int, vocab: int = 49408) -> Shapes:
    """open_clip_pytorch_model.bin of the ConvNeXt CLIP: image tower and head without bias, and the text side."""
    tower = {f"visual.trunk.{name}": shape for name, shape in image_tower_shapes(sizes).items()}
    tower["visual.head.proj.weight"] = (sizes.image_head, sizes.image_dims[-1])
    return tower | clip_text_shapes(text_width, text_layers, sizes.image_head, vocab=vocab)


def elements(shapes: Shapes) -> int:
    return sum(math.prod(shape) for shape in shapes.values())


def random_tensors(shapes: Shapes, dtype: torch.dtype = torch.float32, seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in shapes.items():
        if name.endswith("num_batches_tracked"):
            tensors[name] = torch.tensor(7)
        elif name.endswith("running_var"):
            tensors[name] = torch.rand(shape, generator=generator) + 0.5
        else:
            tensors[name] = (torch.randn(shape, generator=generator) * 0.1).to(dtype)
    return tensors


def stored(shapes: Shapes, path: Path = Path("full.pth")) -> dict[str, StoredTensor]:
    """Tensors of any size that take no memory: one zero, repeated."""
    return {
        name: StoredTensor(path, name, shape, torch.zeros(()).expand(shape).clone) for name, shape in shapes.items()
    }


def write_language_model(folder: Path, sizes: Sizes, tokenizer: bytes, shards: int = 2) -> dict[str, torch.Tensor]:
    """A Vicuna folder: config.json, float16 shards of torch with an index, tokenizer.model."""
    folder.mkdir()
    head = sizes.width // sizes.heads
    tensors = random_tensors(llama_shapes(sizes), torch.float16)
    for name in tensors:
        if name.endswith("inv_freq"):
            tensors[name] = 10000.0 ** -(torch.arange(0, head, 2) / head)
    names = list(tensors)
    weight_map = {}
    for shard in range(shards):
        file = f"pytorch_model-{shard + 1:05}-of-{shards:05}.bin"
        torch.save({name: tensors[name] for name in names[shard::shards]}, folder / file)
        weight_map.update(dict.fromkeys(names[shard::shards], file))
    write_json(folder / "pytorch_model.bin.index.json", {"metadata": {}, "weight_map": weight_map})
    description = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": sizes.width,
        "intermediate_size": sizes.mlp,
        "max_position_embeddings": 2048,
        "num_attention_heads": sizes.heads,
        "num_hidden_layers": sizes.layers,
        "rms_norm_eps": 1e-06,
        "vocab_size": sizes.vocab,
    }
    write_json(folder / "config.json", description)
    (folder / "tokenizer.model").write_bytes(tokenizer)
    return tensors


def write_json(path: Path, value: Mapping[str, object]) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def write_files(folder: Path) -> ReleasedFiles:
    """One small file of each kind."""
    sizes = small_sizes()
    paths = ReleasedFiles(folder / "vicuna", folder / "sft_noact.pth", folder / "points.pth", folder / "open_clip.bin")
    write_language_model(paths.language_model, sizes, tiny.tokenizer().model)
    torch.save(random_tensors(leo_shapes(sizes), seed=1), paths.leo)
    torch.save(random_tensors(point_shapes(sizes), seed=2), paths.points)
    torch.save(random_tensors(open_clip_shapes(sizes, 16, 1, vocab=50), seed=3), folder / "open_clip.bin")
    return paths

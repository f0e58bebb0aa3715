"""The language model: a Llama or OPT decoder (transformers) with LoRA adapters (peft); `decoder` runs its layers."""

import warnings
from typing import Any

import peft
import torch
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM, OPTConfig, OPTForCausalLM, PreTrainedModel
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from leo_agent.policies.leo.config.config import LanguageModelConfig, LoraConfig
from leo_agent.policies.leo.model.initialisation import initialise_decoder


def build_language_model(config: LanguageModelConfig, lora: LoraConfig) -> nn.Module:
    """A decoder with random weights, wrapped by peft if the rank is not 0."""
    decoder = build_decoder(config)
    if config.trainable:
        initialise_decoder(embedding(decoder).weight, output_rows(decoder), config)
    if lora.rank == 0:
        return decoder.requires_grad_(config.trainable)
    settings = peft.LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets),
        bias="none",
        task_type=None,
    )
    with warnings.catch_warnings():  # peft asks transformers 5 for an attribute by its former name
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        wrapped = peft.get_peft_model(decoder, settings)
    if config.trainable:
        wrapped.requires_grad_(True)
    return wrapped


def build_decoder(config: LanguageModelConfig) -> PreTrainedModel:
    """The decoder alone. Built on the meta device it lacks nothing but its parameters: what is computed is there."""
    if config.architecture == "opt":
        model = OPTForCausalLM(
            OPTConfig(
                **_common_settings(config),
                ffn_dim=config.intermediate_size,
                init_std=config.initializer_range,
                dropout=0.0,
                tie_word_embeddings=True,
            )
        )
        tie_output(model)
        return model
    settings: dict[str, Any] = {
        "num_key_value_heads": config.key_value_heads,
        "intermediate_size": config.intermediate_size,
        "rope_theta": config.rope_theta,
        "rms_norm_eps": config.rms_norm_eps,
        "initializer_range": config.initializer_range,
        "tie_word_embeddings": config.tied_output,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    decoder = LlamaForCausalLM(LlamaConfig(**_common_settings(config), **settings))
    tie_output(decoder)
    if decoder.device.type == "meta":
        with torch.device("cpu"):
            decoder.model.rotary_emb = LlamaRotaryEmbedding(decoder.config)
    return decoder


def _common_settings(config: LanguageModelConfig) -> dict[str, Any]:
    return {
        "vocab_size": config.vocab_size + config.extra_rows,
        "hidden_size": config.hidden_size,
        "num_hidden_layers": config.num_layers,
        "num_attention_heads": config.num_heads,
        "max_position_embeddings": config.max_positions,
        "attn_implementation": "sdpa",
    }


def embedding(model: nn.Module) -> nn.Embedding:
    """The input embeddings of the decoder."""
    embedding: nn.Embedding = base_decoder(model).get_input_embeddings()
    return embedding


def output_rows(model: nn.Module) -> Tensor:
    """(V, D) weight of the output layer; a tied one is that of the embeddings."""
    weight: Tensor = base_decoder(model).get_output_embeddings().weight
    return weight


def base_decoder(model: nn.Module) -> Any:
    """The decoder inside, adapters injected or not."""
    return model.get_base_model() if isinstance(model, peft.PeftModel) else model


def tie_output(model: nn.Module) -> None:
    """Makes the output layer the input embeddings where the model says so.

    To be called after those were replaced, and after building: not every release of transformers ties on the meta
    device.
    """
    decoder = base_decoder(model)
    if decoder.config.tie_word_embeddings:
        decoder.get_output_embeddings().weight = decoder.get_input_embeddings().weight


def use_adapters(model: nn.Module, enabled: bool) -> None:
    """Switches the adapters' part of every layer on or off; which parameters are trained does not change."""
    if isinstance(model, peft.PeftModel):
        trained = {name: each.requires_grad for name, each in model.named_parameters()}
        adapters: Any = model.base_model
        adapters.enable_adapter_layers() if enabled else adapters.disable_adapter_layers()
        for name, each in model.named_parameters():
            each.requires_grad_(trained[name])


def merge_adapters(model: nn.Module) -> nn.Module:
    """The decoder with the adapters added into its weights (W + B A) and taken away; for acting, not for training."""
    return model.merge_and_unload() if isinstance(model, peft.PeftModel) else model

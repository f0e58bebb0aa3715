"""The sizes of the published configurations, part by part, counted on the meta device."""

import pytest

from leo_agent.policies.leo.config.presets import PRESETS, preset, variant
from leo_agent.policies.leo.model.parameters import acting_bytes, count_parameters, total_parameters


def test_parts_of_the_released_model():
    counts = count_parameters(preset("leo-vicuna-7b"))
    assert counts == {
        "language model": (6_738_423_808, 0),
        "adapters (LoRA)": (39_976_960, 39_976_960),
        "image encoder": (88_222_464, 0),
        "image projection": (4_198_400, 4_198_400),
        "point encoder": (1_264_384, 0),
        "spatial transformer": (4_205_459, 4_205_459),
        "object projection": (1_052_672, 1_052_672),
    }
    assert total_parameters(counts) == (6_877_344_147, 49_433_491)


@pytest.mark.parametrize(
    ("config", "trained"),
    [
        (variant(preset("leo-vicuna-7b"), tuned_image=True, text_guidance=True), 141_854_355),
        (preset("leo-vicuna-13b"), 73_356_179),
        (preset("leo-opt-1.3b"), 13_122_451),
    ],
)
def test_trained_parameters(config, trained):
    counts = count_parameters(config)
    print(config.name, f"{total_parameters(counts)[0]:,}", f"{total_parameters(counts)[1]:,}")
    assert total_parameters(counts)[1] == trained


def test_language_models_are_the_published_ones():
    assert count_parameters(preset("leo-vicuna-13b"))["language model"] == (13_015_874_560, 0)
    assert count_parameters(preset("leo-opt-1.3b"))["language model"] == (1_315_758_080, 0)


def test_sizes_ascend():
    sizes = {name: total_parameters(count_parameters(config))[0] for name, config in PRESETS.items()}
    print({name: f"{size:,}" for name, size in sizes.items()})
    assert sorted(sizes, key=sizes.__getitem__) == [
        "leo-nano",
        "leo-small",
        "leo-smollm2",
        "leo-opt-1.3b",
        "leo-vicuna-7b",
        "leo-vicuna-13b",
    ]


def test_text_guidance_adds_clips_text_encoder_and_a_projection():
    counts = count_parameters(variant(preset("leo-vicuna-7b"), tuned_image=True, text_guidance=True))
    assert counts["CLIP projection"] == (4_198_400, 4_198_400)
    assert counts["CLIP text encoder"] == (63_690_240, 0)


def test_a_7b_model_acts_within_16_gb():
    """Weights as held on a GPU, with keys and values of 512 tokens; on one, benchmarks/policy.py measures it."""
    config = preset("leo-vicuna-7b")
    decoder = config.language_model
    kept = 512 * 2 * decoder.num_layers * decoder.hidden_size * 2
    held = acting_bytes(config)
    print(f"weights {held / 1e9:.2f} GB, keys and values {kept / 1e9:.2f} GB")
    assert held + kept < 15e9

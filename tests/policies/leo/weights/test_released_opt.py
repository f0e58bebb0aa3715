"""OPT's released files become a folder that acts and answers, bit for bit; what is wrong with them is one line."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from transformers import OPTForCausalLM

from leo_agent.cli import main
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.answering.agent import LeoAgent
from leo_agent.policies.leo.answering.text_decoding import TextDecoding
from leo_agent.policies.leo.config import presets
from leo_agent.policies.leo.config.config import OPT_LORA_TARGETS
from leo_agent.policies.leo.config.presets import preset
from leo_agent.policies.leo.model.parameters import empty_model
from leo_agent.policies.leo.text.byte_pair_tokenizer import BytePairTokenizer
from leo_agent.policies.leo.weights import released
from leo_agent.policies.leo.weights.checkpoint import fingerprint, from_pretrained, own_tensors, save_pretrained
from leo_agent.policies.leo.weights.fresh import Fresh
from leo_agent.policies.leo.weights.importing import ReleasedFiles, import_released
from leo_agent.policies.loading import make_policy
from tests.policies.leo import opt_files, tiny
from tests.policies.leo import released_files as made
from tests.policies.leo.answering.test_agent import scene


@pytest.fixture
def opt(tmp_path) -> ReleasedFiles:
    return opt_files.write_opt_files(tmp_path)


def test_full_size_trains_what_is_released():
    """13,122,451 parameters, LoRA on four layers of attention."""
    sizes = made.Sizes(vocab=50265, width=2048, layers=24, mlp=8192)
    trained = {name: shape for name, shape in made.leo_shapes(sizes).items() if ".lora_" not in name}
    for layer in range(24):
        for name in OPT_LORA_TARGETS:
            at = f"llm_model.base_model.model.model.decoder.layers.{layer}.self_attn.{name}.lora_"
            trained |= {f"{at}A.default.weight": (16, 2048), f"{at}B.default.weight": (2048, 16)}
    assert made.elements(trained) == 13_122_451
    model = empty_model(preset("leo-opt-1.3b"))
    released.match_leo(Path("opt.pth"), made.stored(trained), model)
    assert own_tensors(model)["llm_model.base_model.model.model.decoder.embed_tokens.weight"].shape == (50272, 2048)


def test_import_keeps_every_value_and_round_trips(opt, tmp_path):
    parts, notes = import_released(opt_files.opt_config(), opt, tmp_path / "leo")
    model, tokenizer = from_pretrained(tmp_path / "leo")
    assert not notes or all("CLIP" in each or "head.fc.bias" in each for each in notes)
    ours = own_tensors(model)
    assert sum(each.tensors for each in parts) == len(ours)
    theirs = torch.load(opt.language_model / "pytorch_model.bin", weights_only=True)
    base = "llm_model.base_model.model.model."
    assert torch.equal(ours[f"{base}decoder.embed_tokens.weight"], theirs["decoder.embed_tokens.weight"])
    queries = f"{base}decoder.layers.1.self_attn.q_proj.base_layer.weight"
    assert torch.equal(ours[queries], theirs["decoder.layers.1.self_attn.q_proj.weight"])
    assert tokenizer.model == BytePairTokenizer.from_vocabulary(opt.language_model).model
    save_pretrained(model, tokenizer, tmp_path / "again")
    assert fingerprint(tmp_path / "again") == fingerprint(tmp_path / "leo")
    names = [each.name for each in (tmp_path / "again").iterdir()]
    assert sorted(names) == sorted(each.name for each in (tmp_path / "leo").iterdir())
    assert "tokenizer.json" in names
    assert "tokenizer.model" not in names


def test_the_same_numbers_as_transformers(opt, tmp_path):
    import_released(opt_files.opt_config(), opt, tmp_path / "leo")
    model, tokenizer = from_pretrained(tmp_path / "leo", language_model_dtype=torch.float32)
    theirs = OPTForCausalLM.from_pretrained(opt.language_model, dtype=torch.float32).eval()
    ids = torch.tensor([[tokenizer.bos_id, *tokenizer.encode_beginning("Where is the chair?")]])
    with model.llm_model.disable_adapter():
        assert torch.allclose(model.llm_model(input_ids=ids).logits, theirs(input_ids=ids).logits, atol=1e-5)


def test_half_precision_weights_are_trained_beside_under_autocast(opt, tmp_path):
    """As `leo-agent train` computes by default, also on a CPU."""
    import_released(opt_files.opt_config(), dataclasses.replace(opt, leo=Fresh(0)), tmp_path / "leo")
    model, tokenizer = from_pretrained(tmp_path / "leo")
    ids = torch.tensor([tokenizer.bos_id, *tokenizer.encode_beginning("Where is the chair?")])
    plain = model.prefix(ids).layers[-1][0]
    with torch.autocast("cpu", torch.bfloat16):
        mixed = model.prefix(ids).layers[-1][0]
    assert plain.dtype == torch.float16
    assert torch.allclose(mixed.float(), plain.float(), atol=0.05)
    mixed.float().square().sum().backward()
    assert any(each.grad is not None and each.grad.any() for each in model.parameters())


def test_command_imports_and_the_folder_acts_and_answers(opt, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(presets.PRESETS, "leo-made", opt_files.opt_config())
    out = tmp_path / "leo"
    options = [f"--llm={opt.language_model}", f"--leo={opt.leo}", f"--points={opt.points}", f"--image={opt.image}"]
    assert main(["weights", "import", "--config=leo-made", *options, f"--out={out}"]) == 0
    assert "leo.pth" in capsys.readouterr().out
    for world, instruction in (("navigation", "find a chair"), ("tabletop", "put the red block in a bowl")):
        policy = make_policy(str(out), tiny.context(world))
        assert len(policy.act([tiny.observation(world, 1)], [instruction])) == 1
    agent = LeoAgent.from_pretrained(out, device="cpu")
    history = [("Where is a chair?", "At the desk.")]
    answers = {
        agent.chat(scene(), "And now?", history=turns, decoding=TextDecoding(max_tokens=8)) for turns in ([], history)
    }
    assert all(answers)
    assert len(answers) == 2


def test_one_tokenizer_json_does_as_well(opt, tmp_path):
    import_released(opt_files.opt_config(), opt, tmp_path / "leo")
    for name in ("vocab.json", "merges.txt"):
        (opt.language_model / name).unlink()
    with pytest.raises(InputError, match=r"opt: holds no tokenizer; expected vocab\.json and merges\.txt, or tokeniz"):
        import_released(opt_files.opt_config(), opt, tmp_path / "other")
    (opt.language_model / "tokenizer.json").write_bytes((tmp_path / "leo" / "tokenizer.json").read_bytes())
    import_released(opt_files.opt_config(), opt, tmp_path / "other")
    assert fingerprint(tmp_path / "other") == fingerprint(tmp_path / "leo")


def test_wrong_tokenizers_and_language_models(opt, tmp_path):
    config = opt_files.opt_config()
    larger = dataclasses.replace(config.language_model, vocab_size=config.language_model.vocab_size + 1, extra_rows=6)
    with pytest.raises(InputError, match=r"vocab\.json: has \d+ pieces, expected \d+; the action ids would disagree"):
        import_released(dataclasses.replace(config, language_model=larger), opt, tmp_path / "leo")
    path = opt.language_model / "config.json"
    described = json.loads(path.read_text())
    path.write_text(json.dumps(described | {"activation_function": "gelu"}))
    with pytest.raises(InputError, match="activation_function: found 'gelu', expected 'relu'"):
        import_released(config, opt, tmp_path / "leo")


def test_a_checkpoints_tokenizer_is_checked(opt, tmp_path):
    out = tmp_path / "leo"
    import_released(opt_files.opt_config(), opt, out)
    whole = (out / "tokenizer.json").read_bytes()
    (out / "tokenizer.json").write_bytes(whole.replace(b"madeupword0001", b"madeupword0009"))
    with pytest.raises(InputError, match=r"tokenizer\.json: disagrees with the action map of config\.json in 'pieces'"):
        from_pretrained(out)
    (out / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"leo: holds no tokenizer; expected tokenizer\.model or tokenizer\.json"):
        from_pretrained(out)


def test_writing_over_a_folder_of_another_kind_leaves_one_tokenizer(opt, tmp_path):
    import_released(opt_files.opt_config(), opt, tmp_path / "leo")
    save_pretrained(tiny.model(), tiny.tokenizer(), tmp_path / "leo")
    assert not (tmp_path / "leo" / "tokenizer.json").exists()
    model, tokenizer = from_pretrained(tmp_path / "leo")
    assert tokenizer.model == tiny.tokenizer().model
    assert model.config == tiny.config()

"""LEO in words: every task is answered, batches and caches change nothing, and wrong input is refused."""

import dataclasses
import logging

import numpy as np
import pytest
import torch

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.answering import agent as agent_module
from leo_agent.policies.leo.answering.agent import LeoAgent, Query
from leo_agent.policies.leo.answering.text_decoding import TextDecoding, left_padded
from leo_agent.policies.leo.answering.view import AgentPose, AgentView, view_of
from leo_agent.policies.leo.batches import sequence
from leo_agent.policies.leo.batches.batch import LeoSample, collate
from leo_agent.policies.leo.config.config import LoraConfig
from leo_agent.policies.leo.config.legacy import Legacy
from leo_agent.policies.leo.model.decoder import KeyValues
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.policies.leo.text.question_prompts import TEXT_TASKS, text_prompt
from leo_agent.policies.leo.weights.checkpoint import save_pretrained
from tests.policies.leo import tiny
from tests.policies.leo.model.test_model import wake_adapters

SHORT = TextDecoding(beams=3, max_tokens=12)
NAVIGATION = tiny.BODIES["navigation"]


def make(seed: int = 0, **changes) -> LeoAgent:
    model = tiny.model(seed, **changes)
    wake_adapters(model)
    return LeoAgent(tiny.look_around(model), tiny.tokenizer())


def scene(seed: int = 0, count: int = 5) -> ObjectScene:
    rng = np.random.default_rng(seed)
    points = tuple(
        np.concatenate([rng.uniform(0, 1, (40, 3)) + rng.uniform(-3, 3, 3), rng.uniform(0, 1, (40, 3))], axis=1).astype(
            np.float32
        )
        for _ in range(count)
    )
    return ObjectScene(f"scene-{seed}", points, np.arange(count) + 7, ("",) * count)


@pytest.mark.parametrize("task", TEXT_TASKS)
def test_every_task_is_answered(task):
    text = "" if task.endswith("caption") else "What is beside the chair?"
    situation = "I am at the desk." if task == "situated-question" else ""
    options = {"object_id": 9} if task == "object-caption" else {}
    answer = make().chat(scene(), text, task=task, situation=situation, decoding=SHORT, **options)
    assert isinstance(answer, str)
    assert answer


def test_dialogue_depends_on_its_history():
    agent = make()
    alone = agent.chat(scene(), "And the other?", decoding=SHORT)
    after = agent.chat(scene(), "And the other?", history=[("Where is a chair?", "At the desk.")], decoding=SHORT)
    assert alone != after


def test_pose_image_and_objects_matter(monkeypatch):
    agent, states = make(), []

    def kept(model, batch, features, prefix, eos_id, decoding):
        states.append(left_padded(model, batch, features))
        return [[]]

    monkeypatch.setattr(agent_module, "generate_text", kept)
    here, rng = scene(), np.random.default_rng(0)
    agent.chat(here, "Where am I?")
    agent.chat(AgentView(here, AgentPose(np.array([1.0, 2.0, 0.0]))), "Where am I?")
    agent.chat(AgentView(here, AgentPose(rotation=np.array([0, 0, 1.0, 0]))), "Where am I?")
    agent.chat(scene(1), "Where am I?")
    agent.chat(AgentView(here, image=rng.integers(0, 255, (50, 70, 3), dtype=np.uint8)), "Where am I?")
    plain, *others = (embeddings for embeddings, _ in states)
    for other in others:
        assert other.shape != plain.shape or (other - plain).abs().max() > 1e-3


def test_answers_of_a_batch_are_those_of_its_queries():
    agent = make()
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    queries = [
        Query(AgentView(scene(0, 3)), text_prompt("question", "What is there?")),
        Query(AgentView(scene(1, 6), image=image), text_prompt("plan", "make the bed")),
        Query(AgentView(scene(2, 1)), text_prompt("situated-question", "What do I see?", "I stand at a door.")),
    ]
    together = agent.answer(queries, SHORT)
    assert together == [agent.answer([query], SHORT)[0] for query in queries]
    assert agent.answer([]) == []


def test_features_of_a_scene_and_the_constant_prefix_are_computed_once(monkeypatch):
    agent, sizes, prefixes = make(), [], []
    encode, read = agent._model.encode_clouds, agent._model.prefix
    monkeypatch.setattr(agent._model, "encode_clouds", lambda clouds: sizes.append(len(clouds)) or encode(clouds))
    monkeypatch.setattr(agent._model, "prefix", lambda ids: prefixes.append(len(ids)) or read(ids))
    here = scene()
    first = agent.chat(here, "What is there?", decoding=SHORT)
    assert agent.chat(here, "What is there?", decoding=SHORT) == first
    agent.chat(here, "And where?", decoding=SHORT)
    assert sizes == [len(here)]
    assert len(prefixes) == 1


def test_an_observation_is_encoded_again_only_when_an_object_changed(monkeypatch):
    agent, sizes = make(), []
    encode = agent._model.encode_clouds
    monkeypatch.setattr(agent._model, "encode_clouds", lambda clouds: sizes.append(len(clouds)) or encode(clouds))
    view = tiny.observation("navigation", 3)
    for change in (False, False, True, False):
        if change:
            view["object_points"][0] *= 0.5  # in place, as an environment that shares its arrays
        replies = agent.chat(view_of(view, NAVIGATION), "What is there?", decoding=SHORT)
        assert replies == make().chat(view_of(view, NAVIGATION), "What is there?", decoding=SHORT)
    assert sizes == [int(view["object_mask"].sum())] * 2


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("architecture", ["llama", "opt"])
def test_the_kept_prefix_changes_no_answer(beams, architecture):
    decoder = dataclasses.replace(tiny.config().language_model, architecture=architecture)
    targets = LoraConfig(rank=2, targets=("q_proj", "v_proj"))
    agent = make(language_model=decoder, lora=targets)
    queries = [
        Query(AgentView(scene(0, 3)), text_prompt("question", "What?")),
        Query(AgentView(scene(1)), text_prompt("plan", "make a bed")),
    ]
    decoding = TextDecoding(beams=beams, max_tokens=12)
    kept = agent.answer(queries, decoding)
    agent._prefixes.of = lambda ids: KeyValues()
    assert agent.answer(queries, decoding) == kept


def test_sampling_follows_its_seed_and_leaves_the_global_generator_alone():
    agent = make()
    sampling = [TextDecoding(sample=True, temperature=2.0, max_tokens=12, seed=seed) for seed in (0, 1, 2)]
    state = torch.get_rng_state()
    answers = [agent.chat(scene(), "What is there?", decoding=each) for each in sampling]
    assert torch.equal(torch.get_rng_state(), state)
    assert len(set(answers)) > 1
    assert agent.chat(scene(), "What is there?", decoding=sampling[0]) == answers[0]


@pytest.mark.parametrize("world", tiny.BODIES)
def test_an_observation_is_a_view(world):
    seen = tiny.observation(world, 3)
    view = view_of(seen, tiny.BODIES[world], "here")
    assert make().chat(view, "What is there?", decoding=SHORT)
    assert (view.scene.name, view.scene.up_axis) == ("here", {"navigation": "y", "tabletop": "z"}[world])
    assert view.image is seen[{"navigation": "image", "tabletop": "color_map"}[world]]
    at_origin = {"navigation": False, "tabletop": True}[world]
    assert (view.pose.position.tolist() == [0, 0, 0]) == at_origin
    assert np.allclose(view.pose.position, 0 if at_origin else seen["agent_position"])


def test_without_a_pose_the_agent_is_at_the_object_it_is_asked_about():
    here, prompt = scene(), text_prompt("object-caption", "")
    pose = AgentPose(np.array([1.0, 2.0, 3.0]))
    assert np.allclose(Query(AgentView(here), prompt, 9).pose.position, here.box_centers[2])
    assert Query(AgentView(here, pose), prompt, 9).pose is pose
    assert Query(AgentView(here), prompt).pose.position.tolist() == [0, 0, 0]


def test_of_more_objects_than_slots_the_nearest_are_read():
    agent = make(max_objects=4)
    here = scene(count=9)
    pose = AgentPose(here.box_centers[6])
    distances = np.linalg.norm(here.box_centers - pose.position, axis=1)
    rows = agent._rows(Query(AgentView(here, pose), text_prompt("question", "?")))
    assert rows.tolist() == sorted(np.argsort(distances)[:4].tolist())
    first = make(max_objects=4, legacy=Legacy(first_objects=True))
    assert first._rows(Query(AgentView(here, pose), text_prompt("question", "?"))).tolist() == [0, 1, 2, 3]
    replies = agent._rows(Query(AgentView(here, pose), text_prompt("object-caption", ""), here.ids[8]))
    assert replies[0] == 8
    assert len(replies) == 4
    assert agent.chat(AgentView(here, pose), "What is there?", decoding=SHORT)


def test_of_more_objects_than_slots_those_that_are_named_stay():
    here, prompt = scene(count=9), text_prompt("question", "?")
    pose = AgentPose(here.box_centers[6])
    nearest = np.argsort(np.linalg.norm(here.box_centers - pose.position, axis=1)).tolist()
    named = nearest[-2:]
    query = Query(AgentView(here, pose), prompt, named=(*here.ids[named].tolist(), 1000))
    assert make(max_objects=4)._rows(query).tolist() == sorted([*named, *nearest[:2]])
    published = make(max_objects=4, legacy=Legacy(first_objects=True))
    others = [row for row in range(9) if row not in named]
    assert published._rows(query).tolist() == sorted([*named, *others[:2]])


def test_a_long_history_loses_its_oldest_turns_and_that_is_said_once(caplog):
    agent = make(max_prompt_tokens=60)
    history = [(f"What about number {number}?", f"It is number {number}.") for number in range(8)]
    with caplog.at_level(logging.WARNING, sequence.__name__):
        prompt, ids = agent._within_context(text_prompt("question", "And now?", history=history))
        agent._within_context(text_prompt("question", "And now?", history=history))
    assert [record.getMessage() for record in caplog.records] == [
        f"a prompt of {record_length(history)} tokens, the model takes 60: the oldest are left out"
    ]
    assert len(ids) <= 60
    assert prompt.turns[0].startswith("USER: What about number")
    assert prompt.turns[-1] == "USER: And now? ASSISTANT:"
    assert 1 < len(prompt.turns) < 9
    assert agent.chat(scene(), "And now?", history=history, decoding=SHORT)


def record_length(history):
    return len(tiny.tokenizer().encode_turns(text_prompt("question", "And now?", history=history).turns))


def test_a_situation_beyond_the_context_is_an_error():
    with pytest.raises(InputError, match=r"prompt: \d+ tokens, expected fewer than the 1024"):
        make().chat(scene(), "Where am I?", task="situated-question", situation="I see a chair. " * 400)


def test_text_holds_no_action_ids_and_nothing_beyond_the_tokenizer():
    decoder = dataclasses.replace(tiny.config().language_model, extra_rows=3)
    agent = make(language_model=decoder)
    head = agent._model.llm_model.get_base_model().lm_head.weight
    with torch.no_grad():
        head[-3 - 524 :] = 5 * head[:3].mean(0)
    decode, seen = agent._tokenizer.decode, []
    agent._tokenizer = type("Spy", (), {})()
    agent._tokenizer.__dict__.update(
        decode=lambda ids: seen.append(ids) or decode(ids),
        encode_turns=tiny.tokenizer().encode_turns,
        eos_id=tiny.tokenizer().eos_id,
    )
    agent.chat(scene(), "What is there?", decoding=SHORT)
    assert seen[0]
    assert max(seen[0]) < tiny.tokenizer().vocab_size - 524


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda agent: agent.chat(scene(), ""), "text: empty"),
        (lambda agent: agent.chat(scene(), "?", task="poem"), "task: found 'poem', expected one of question"),
        (
            lambda agent: agent.chat(scene(), "", task="object-caption"),
            "object_id: found none, an object's caption needs it, or a pose",
        ),
        (lambda agent: agent.chat(scene(), "", task="object-caption", object_id=3), "has no object 3; it has 7, 8"),
        (lambda agent: agent.chat(scene(), "?", task="plan", history=[("a", "b")]), "history: a plan has none"),
        (lambda agent: agent.chat(scene(), "?", situation="I am here"), "situation: found 'I am here', expected none"),
        (lambda agent: agent.chat(scene(), "?", task="situated-question"), "situation: found '', expected where"),
        (lambda agent: AgentPose(np.array([0, np.nan, 0])), "pose: position"),
        (lambda agent: AgentPose(rotation=np.zeros(4)), "quaternion of length 0"),
        (lambda agent: agent.chat(AgentView(scene(), image=np.zeros((4, 4))), "?"), "image: found float64"),
        (lambda agent: TextDecoding(beams=0), "beams: found 0"),
        (lambda agent: TextDecoding(top_p=1.5), "top_p: found 1.5"),
        (lambda agent: TextDecoding(beams=2.5), "beams: found 2.5, expected a whole number, 1 to 100"),
        (lambda agent: TextDecoding(seed=2**70), "seed: found"),
        (lambda agent: TextDecoding(temperature=1e-40), "temperature: found 1e-40, expected a number, 0.001 to 1000"),
        (lambda agent: AgentPose(np.array([1e30, 0, 0])), "pose: position"),
        (lambda agent: AgentPose("here"), "pose: position: found 'here', expected finite"),
        (lambda agent: agent.chat({}, "?"), "view: found dict, expected AgentView or ObjectScene"),
        (lambda agent: agent.chat("room.ply", "?"), "view: found str, expected AgentView or ObjectScene"),
        (lambda agent: agent.chat(scene(), None), "text: found None, expected text"),
        (lambda agent: agent.chat(scene(), "\ud800"), "text: holds bytes that are not UTF-8"),
        (lambda agent: AgentView(scene(), (0, 0, 0)), "pose: found tuple, expected AgentPose or None"),
        (lambda agent: AgentView(scene(), image=[[0]]), "image: found list, expected ndarray or None"),
        (lambda agent: agent.chat(scene(), "?", situation=None), "situation: found None, expected text"),
        (
            lambda agent: agent.chat(scene(), "?", history=[{"role": "Human", "content": "hi"}]),
            "history: found {'role'",
        ),
        (lambda agent: agent.chat(scene(), "?", history=[("a", None)]), "history: found None, expected text"),
        (lambda agent: agent.chat(scene(), "?", history=["ab"]), "history: found 'ab', expected pairs"),
        (lambda agent: agent.chat(scene(), "?", history=5), "history: found int, expected list or tuple"),
        (lambda agent: agent.chat(scene(), "?", decoding="beam"), "decoding: found str, expected TextDecoding"),
        (lambda agent: agent.chat(scene(), "?", object_id=[1]), "object_id: found list, expected int"),
        (lambda agent: TextDecoding(sample="yes"), "sample: found 'yes', expected one of True, False"),
        (lambda agent: Legacy.named(5), "legacy: found 5, expected all, none"),
        (lambda agent: Legacy.named([["bos"]]), "legacy: found \\['bos'\\], expected all, none"),
        (
            lambda agent: view_of({**tiny.observation("navigation", 1), "object_mask": 3}, NAVIGATION),
            "observation: found object_points",
        ),
        (
            lambda agent: view_of(
                {k: v for k, v in tiny.observation("navigation", 1).items() if k != "image"}, NAVIGATION
            ),
            "observation: image is missing, expected agent_position, agent_rotation, image",
        ),
        (lambda agent: Legacy.named(["speed"]), "legacy: found 'speed', expected all, none, positions"),
    ],
)
def test_wrong_input_is_reported(call, message):
    with pytest.raises(InputError, match=message):
        call(make())


def test_from_a_folder_with_legacy(tmp_path):
    model = tiny.model()
    wake_adapters(model)
    save_pretrained(model, tiny.tokenizer(), tmp_path / "weights")
    plain = LeoAgent.from_pretrained(tmp_path / "weights", "cpu")
    published = LeoAgent.from_pretrained(tmp_path / "weights", "cpu", legacy=["all"])
    assert published._model.config.legacy == Legacy(True, True, True, True, True)
    save_pretrained(tiny.model(legacy=Legacy(bos=True)), tiny.tokenizer(), tmp_path / "kept")
    assert LeoAgent.from_pretrained(tmp_path / "kept", "cpu")._model.config.legacy == Legacy(bos=True)
    assert plain.chat(scene(), "What is there?") != published.chat(scene(), "What is there?")


def text_samples(agent: LeoAgent, here: ObjectScene, replies: dict[str, str]) -> list[LeoSample]:
    queries = [Query(AgentView(here), text_prompt("question", question)) for question in replies]
    plain = [agent._sample(query, np.arange(len(here)), 0) for query in queries]
    ids = [[*agent._tokenizer.encode(answer), agent._tokenizer.eos_id] for answer in replies.values()]
    return [dataclasses.replace(sample, answer_ids=each) for sample, each in zip(plain, ids, strict=True)]


def test_it_learns_answers_by_heart_and_says_them():
    agent, here = make(), scene()
    replies = {"Where is the chair?": "At the desk.", "How many beds are there?": "Two.", "What is red?": "The bowl."}
    samples = text_samples(agent, here, replies)
    clouds = prepare_clouds(here.clouds(agent._model.config.points.num_points), agent._model.config.points)
    actions = [dataclasses.replace(tiny.sample("navigation", seed), object_rows=np.arange(2)) for seed in range(2)]
    actions = [dataclasses.replace(each, object_locations=each.object_locations[:2]) for each in actions]
    batch = collate([*samples, *actions], clouds, tiny.builder(), tiny.IMAGE_PX)
    optimizer = torch.optim.Adam(agent._model.parameters(), lr=3e-3)
    for _ in range(150):
        optimizer.zero_grad()
        loss = agent._model.loss(batch)
        loss.mean().backward()
        optimizer.step()
    assert loss.max() < 0.5
    assert {question: agent.chat(here, question, decoding=SHORT) for question in replies} == replies


def test_loss_of_a_text_is_the_hand_computed_mean():
    agent, here = make(), scene()
    (sample,) = text_samples(agent, here, {"What is there?": "A red bowl."})
    clouds = prepare_clouds(here.clouds(agent._model.config.points.num_points), agent._model.config.points)
    other = dataclasses.replace(
        tiny.sample("tabletop", 1), object_rows=np.zeros(0, np.int64), object_locations=np.zeros((0, 6))
    )
    model = agent._model
    with torch.no_grad():
        alone = collate([sample], clouds, tiny.builder(), tiny.IMAGE_PX)
        full = model.token_logits(model.answer_states(alone)[0]).log_softmax(-1)
        by_hand = -np.mean([full[place, token].item() for place, token in enumerate(sample.answer_ids)])
        assert len(sample.answer_ids) > 2
        assert model.loss(alone).item() == pytest.approx(by_hand, rel=1e-5)
        together = model.loss(collate([sample, other], clouds, tiny.builder(), tiny.IMAGE_PX))
        assert together[0].item() == pytest.approx(by_hand, rel=1e-4)
        assert together[1].item() == pytest.approx(
            model.loss(collate([other], clouds, tiny.builder(), tiny.IMAGE_PX)).item(), rel=1e-4
        )

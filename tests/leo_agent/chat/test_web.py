"""The page to ask: what its server answers, and to whom."""

import http.client
import json
import threading

import numpy as np
import pytest

from leo_agent.chat.subject import UPRIGHT, View
from leo_agent.chat.web.answers import Answers, named_objects, scene_json
from leo_agent.chat.web.server import make_server
from leo_agent.cli import main
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.answering.agent import LeoAgent
from leo_agent.policies.leo.answering.text_decoding import TextDecoding
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from tests.policies.leo import tiny


def room(up_axis="z") -> ObjectScene:
    rng = np.random.default_rng(0)
    points = tuple(rng.uniform(0, 1, (50, 6)) + np.eye(6)[0] * 4 * n for n in range(4))
    labels = ("red chair", "chair", "table", "")
    return ObjectScene("room", points, np.array([5, 6, 7, 8]), labels, up_axis)


@pytest.fixture(scope="module")
def server():
    agent = LeoAgent(tiny.model(), tiny.tokenizer())
    answers = Answers(agent, View(room(), np.zeros(3), UPRIGHT.copy()), TextDecoding(beams=1, max_tokens=4))
    with make_server(answers, 0) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running.server_address
        running.shutdown()
        thread.join()


def ask(server, method, path, body=None, **headers):
    connection = http.client.HTTPConnection(*server, timeout=60)
    content = json.dumps(body).encode() if isinstance(body, dict | list) else body
    if content is not None:
        headers.setdefault("Content-Type", "application/json")
    connection.request(method, path, content, headers)
    response = connection.getresponse()
    return response.status, response.read(), response.headers


def test_it_is_for_this_machine_alone(server):
    assert server[0] == "127.0.0.1"
    status, page, headers = ask(server, "GET", "/")
    assert status == 200
    assert b"Ask about a scene" in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    for given in ({"Host": "elsewhere.example"}, {"Origin": "http://elsewhere.example"}):
        assert ask(server, "GET", "/scene", **given)[0] == 403
        assert ask(server, "POST", "/answer", {"task": "question", "text": "?"}, **given)[0] == 403
    assert ask(server, "GET", "/../setup.py")[0] == 404
    with pytest.raises(InputError, match=f"port: {server[1]} cannot be served"):
        make_server(Answers(None, View(room(), np.zeros(3), UPRIGHT), TextDecoding()), server[1])  # type: ignore[arg-type]


def test_the_scene_has_its_objects(server):
    found = json.loads(ask(server, "GET", "/scene")[1])
    assert [each["id"] for each in found["objects"]] == [5, 6, 7, 8]
    assert len(found["tasks"]) == 5
    first = found["objects"][0]
    assert len(first["xyz"]) == len(first["rgb"]) == 150
    assert all(low < high for low, high in zip(first["low"], first["high"], strict=True))


def test_y_up_is_turned():
    turned = scene_json(room("y"))["objects"][0]
    plain = scene_json(room())["objects"][0]
    x, y, z = plain["xyz"][:3]
    assert turned["xyz"][:3] == [x, -z, y]
    assert (turned["low"][1], turned["high"][1]) == (-plain["high"][2], -plain["low"][2])


@pytest.mark.parametrize(
    "asked",
    [
        {"task": "question", "text": "How many chairs?"},
        {"task": "question", "text": "And tables?", "history": [["How many chairs?", "Two."]]},
        {"task": "situated-question", "text": "What is here?", "situation": "I am at the table."},
        {"task": "object-caption", "text": "", "object_id": 7},
        {"task": "scene-caption", "text": ""},
        {"task": "plan", "text": "tidy up"},
    ],
)
def test_every_task_is_answered(server, asked):
    status, content, _ = ask(server, "POST", "/answer", asked)
    assert status == 200
    told = json.loads(content)
    assert isinstance(told["answer"], str)
    assert set(told["objects"]) <= {5, 6, 7, 8}


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (b"{", 400, "request: not JSON"),
        ([], 400, "request: found [], expected an object"),
        ({"task": "question", "text": "?", "seed": 1}, 400, "request: found the key 'seed'"),
        ({"task": "dance", "text": "?"}, 400, "task: found 'dance'"),
        ({"task": "question", "text": ""}, 400, "text: empty, expected a question"),
        ({"task": "question", "text": 3}, 400, "text: found 3, expected text"),
        ({"task": "object-caption", "text": ""}, 400, "object_id: found none"),
        ({"task": "object-caption", "text": "", "object_id": 99}, 400, "has no object 99"),
        ({"task": "question", "text": "?", "history": [["a"]]}, 400, "history: found ['a'], expected pairs"),
        (b"x" * 300_000, 413, "found 300000 bytes, expected at most"),
    ],
)
def test_what_does_not_fit_is_told(server, body, status, problem):
    found, content, _ = ask(server, "POST", "/answer", body)
    assert found == status
    assert problem in json.loads(content)["error"]


def test_forms_of_other_pages_are_refused(server):
    status, _, _ = ask(server, "POST", "/answer", b"task=question", **{"Content-Type": "text/plain"})
    assert status == 415


@pytest.mark.parametrize(
    ("answer", "ids"),
    [
        ("The red chair is nearest.", [5]),
        ("There are two chairs.", [6]),
        ("A red chair and another chair, no tables", [5, 6, 7]),
        ("An armchair.", []),
        ("", []),
    ],
)
def test_objects_that_an_answer_names(answer, ids):
    assert named_objects(answer, room()) == ids


@pytest.mark.parametrize(
    ("more", "problem"), [("--port=1", "--port: only with --web"), ("--web --json", "--json: not with --web")]
)
def test_on_the_command_line_what_does_not_go_with_it_is_refused(more, problem, capsys):
    assert main(["chat", "--policy", "leo-nano", "--scene", "none.ply", *more.split()]) == 2
    assert problem in capsys.readouterr().err

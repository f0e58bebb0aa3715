import pickle

from leo_agent.contract.errors import InputError, NotInstalledError


def test_a_message_is_one_line_whatever_it_repeats():
    assert str(InputError("a\nfile\r\n: no such file")) == "a file : no such file"


def test_commands_stay_lines_on_the_way_from_a_worker_too():
    error = NotInstalledError("needs\nhabitat_sim:", "  conda env create\n  pip install")
    assert str(pickle.loads(pickle.dumps(error))) == "needs habitat_sim:\n  conda env create\n  pip install"

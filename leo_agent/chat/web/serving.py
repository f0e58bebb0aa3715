"""Runs the page's server until Ctrl-C."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from leo_agent.chat.subject import View
from leo_agent.chat.web.answers import Answers
from leo_agent.chat.web.server import ADDRESS, make_server
from leo_agent.contract.checks import check_whole

if TYPE_CHECKING:  # torch and transformers take seconds
    from leo_agent.policies.leo.answering.agent import LeoAgent
    from leo_agent.policies.leo.answering.text_decoding import TextDecoding

LOG = logging.getLogger(__name__)


def serve(agent: LeoAgent, view: View, decoding: TextDecoding, port: int) -> None:
    """Serves until it is interrupted.

    Args:
        agent: what answers.
        view: the scene, where the agent is in it, and what it sees.
        decoding: how words are chosen.
        port: of the loopback address; 0: one that is free.

    Raises:
        InputError: the port is none, or taken.
    """
    check_whole("port", port, 0, 65535)
    with make_server(Answers(agent, view, decoding), port) as server:
        LOG.warning("http://%s:%d shows %s; Ctrl-C ends it", ADDRESS, server.server_address[1], view.scene.name)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return

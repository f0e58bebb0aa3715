"""Serves the page on the loopback address; to nobody else, and to no page of another origin."""

from __future__ import annotations

import json
import logging
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from leo_agent.chat.web.answers import Answers, scene_json
from leo_agent.contract.errors import InputError, reason
from leo_agent.contract.json_file import parse_json

LOG = logging.getLogger(__name__)
ADDRESS = "127.0.0.1"
_PAGE = Path(__file__).with_name("page.html")
_MOST_BYTES = 1 << 18  # of a request
_NAMES = ("127.0.0.1", "localhost", "[::1]")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"


class _Handler(BaseHTTPRequestHandler):
    """The page, the scene, and answers."""

    answers: ClassVar[Answers]
    scene: ClassVar[bytes]  # as JSON

    def do_GET(self) -> None:
        if not self._is_ours():
            return
        if self.path == "/":
            self._send(200, "text/html; charset=utf-8", _PAGE.read_bytes())
        elif self.path == "/scene":
            self._send(200, "application/json", self.scene)
        else:
            self._tell(404, f"{self.path}: not found")

    def do_POST(self) -> None:
        if not self._is_ours():
            return
        length = self.headers.get("Content-Length", "")
        if self.path != "/answer":
            return self._tell(404, f"{self.path}: not found")
        if self.headers.get_content_type() != "application/json" or not length.isdecimal():
            return self._tell(415, "expected JSON with its length")
        if int(length) > _MOST_BYTES:
            return self._tell(413, f"found {length} bytes, expected at most {_MOST_BYTES}")
        try:
            answer = self.answers.answer(parse_json(self.rfile.read(int(length)), "request"))
        except InputError as error:
            return self._tell(400, str(error))
        return self._send(200, "application/json", json.dumps(answer).encode())

    def _is_ours(self) -> bool:
        """Whether this machine's own page asks: a name that leads here from elsewhere is refused."""
        host = self.headers.get("Host", "")
        name = host.rpartition(":")[0] or host
        origin = self.headers.get("Origin")
        if name in _NAMES and origin in (None, f"http://{host}"):
            return True
        self._tell(403, "this page is for its own machine")
        return False

    def _tell(self, status: int, problem: str) -> None:
        self._send(status, "application/json", json.dumps({"error": problem}).encode())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, form: str, *values: Any) -> None:
        LOG.debug(form, *values)


def make_server(answers: Answers, port: int) -> ThreadingHTTPServer:
    """A server that is ready; `serve_forever` runs it.

    Args:
        answers: what is asked.
        port: of the loopback address; 0: one that is free.

    Raises:
        InputError: the port is taken.
    """
    scene = json.dumps(scene_json(answers.view.scene)).encode()

    handler = type("Handler", (_Handler,), {"answers": answers, "scene": scene})
    try:
        return ThreadingHTTPServer((ADDRESS, port), handler)
    except (OSError, OverflowError) as error:
        raise InputError(f"port: {port} cannot be served ({reason(error)}), expected one that is free") from error

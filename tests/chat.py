"""A chat server on this machine that does what a test wants: answers, fails, hangs, lies.

It speaks HTTP and OpenAI's chat protocol for real, so the client, its retries and its time-outs
are the real ones.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], "Reply"]


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0


def says(content: str, *, finish: str = "stop", after_s: float = 0.0) -> Reply:
    """A chat completion with those words."""
    message = {"role": "assistant", "content": content}
    body = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "test",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }
    return Reply(body=json.dumps(body).encode(), after_s=after_s)


def material(request: dict[str, Any]) -> dict[str, Any]:
    """What the model is asked about: the last message, which is JSON and nothing else."""
    return json.loads(request["messages"][-1]["content"])


def instructions(request: dict[str, Any]) -> str:
    return request["messages"][0]["content"]


def each_line(render: Callable[[dict[str, Any]], str]) -> Answer:
    """A model that does as it is asked, line by line."""

    def answer(request: dict[str, Any]) -> Reply:
        lines = material(request)["lines"]
        return says(json.dumps({name: render(line) for name, line in lines.items()}))

    return answer


class ChatServer:
    """Answers requests in the order of the script, the last answer again and again."""

    def __init__(self, url: str, answers: list[Answer | Reply]) -> None:
        self.url = url
        self.answers = answers
        self.requests: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.headers: list[dict[str, str]] = []
        self.lock = threading.Lock()

    def reply(self, request: dict[str, Any], headers: dict[str, str]) -> Reply:
        with self.lock:
            at = min(len(self.requests), len(self.answers) - 1)
            self.requests.append(request)
            self.headers.append(headers)
            self.times.append(time.monotonic())
            answer = self.answers[at]
        return answer if isinstance(answer, Reply) else answer(request)


@contextmanager
def serving(*answers: Answer | Reply) -> Iterator[ChatServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = server.reply(
                request, {name.lower(): value for name, value in self.headers.items()}
            )
            time.sleep(reply.after_s)
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that has hung up is what some tests are about."""

    listener = Quiet(("127.0.0.1", 0), Handler)
    server = ChatServer(f"http://127.0.0.1:{listener.server_port}/v1", list(answers))
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()

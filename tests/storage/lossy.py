"""A network that loses one answer: the request arrives, the client never learns."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator


class Losing:
    """What of it happened."""

    lost = 0


@contextlib.contextmanager
def losing_one_answer(server: tuple[str, int]) -> Iterator[tuple[str, Losing]]:
    """The URL of a relay to `server` that cuts the line instead of giving the first answer 200
    to a PUT.
    """
    losing = Losing()
    with socket.create_server(("127.0.0.1", 0)) as door:
        ended = threading.Event()
        worker = threading.Thread(target=_serve, args=(door, server, losing, ended))
        worker.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}", losing
        finally:
            ended.set()
            worker.join()


def _serve(
    door: socket.socket, server: tuple[str, int], losing: Losing, ended: threading.Event
) -> None:
    """One line at a time, which is how one thread of the client uses them."""
    while not ended.is_set():
        if select.select([door], [], [], 0.05)[0]:
            with door.accept()[0] as client, socket.create_connection(server) as upstream:
                _relay(client, upstream, losing, ended)


def _relay(
    client: socket.socket,
    upstream: socket.socket,
    losing: Losing,
    ended: threading.Event,
) -> None:
    putting = False
    while not ended.is_set():
        for ready in select.select([client, upstream], [], [], 0.05)[0]:
            data = ready.recv(1 << 16)
            if not data:
                return
            if ready is client:
                putting = putting or data.startswith(b"PUT")
                upstream.sendall(data)
            elif putting and not losing.lost and b"HTTP/1.1 200" in data:
                losing.lost += 1
                return
            else:
                client.sendall(data)

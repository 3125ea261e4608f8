"""What a transport does, over a real socket on loopback."""

import asyncio
import contextlib
import dataclasses
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import ID, TOKEN, Time, closed, view

from clyra import AsyncClyra, Clyra, ClyraError, Unreachable, calls

Answerer = Callable[[socket.socket, str], None]


def json_answer(body: object) -> bytes:
    text = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(text), text)


class Server:
    """Takes connections one after the other; each is answered by the next of its scripts, and the last one stays."""

    def __init__(self, script: tuple[Answerer, ...], tls: ssl.SSLContext | None) -> None:
        self.tls = tls
        self.script = list(script)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.heads: list[str] = []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            with contextlib.suppress(OSError), self.wrapped(accepted) as connection:
                head = b""
                while b"\r\n\r\n" not in head and (more := connection.recv(65536)):
                    head += more
                self.heads.append(head.decode())
                answer(connection, self.heads[-1])

    def wrapped(self, accepted: socket.socket) -> socket.socket:
        return accepted if self.tls is None else self.tls.wrap_socket(accepted, server_side=True)

    def close(self) -> None:
        # Wakes accept().
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@contextlib.contextmanager
def serving(*script: Answerer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(script, tls)
    try:
        yield server
    finally:
        server.close()


def says(data: bytes) -> Answerer:
    return lambda connection, _: connection.sendall(data)


def resets(connection: socket.socket, _: str) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def hangs(connection: socket.socket, _: str) -> None:
    # Until the client gives up.
    connection.recv(1)


def get(kind: str, url: str) -> object:
    return run(kind, url, "get")


def run(kind: str, url: str, name: str) -> object:
    if kind == "sync":
        with Clyra(url, TOKEN) as client:
            return getattr(client, name)(ID)

    async def call() -> object:
        async with AsyncClyra(url, TOKEN) as client:
            return await getattr(client, name)(ID)

    return asyncio.run(call())


WHOLE = json_answer(view())


def test_a_whole_answer(kind: str) -> None:
    with serving(says(WHOLE)) as server:
        assert get(kind, server.url) == view()
    assert server.heads[0].startswith(f"GET /v1/changes/{ID} HTTP/1.1\r\n")


@pytest.mark.parametrize("answer", [resets, says(b""), says(WHOLE[:-40]), says(b"SSH-2.0-OpenSSH_9.2\r\n")])
def test_a_connection_that_breaks_is_unreachable(kind: str, answer: Answerer) -> None:
    with serving(answer) as server, pytest.raises(Unreachable):
        get(kind, server.url)


def test_an_answer_in_a_coding_that_it_is_not_is_no_answer(kind: str) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n"
    with serving(says(head + b"abc")) as server, pytest.raises(ClyraError, match="CLYRA_CLIENT_BAD_ANSWER"):
        get(kind, server.url)


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = dataclasses.replace(calls.get(ID), seconds=0.2)
    monkeypatch.setattr(calls, "get", lambda _: quick)
    with serving(hangs) as server, pytest.raises(Unreachable, match="ReadTimeout"):
        get(kind, server.url)


def test_each_call_has_a_time_to_answer_and_a_poll_what_it_asks_for_and_more() -> None:
    assert calls.get(ID).seconds == 30
    assert calls.poll(ID, 3, 50).seconds == 60


def test_a_restart_in_the_middle_of_a_wait(kind: str, time: Time) -> None:
    waiting = json_answer(view(state="AWAITING_APPROVAL"))
    script = [says(waiting), resets, says(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")]
    with serving(*script, says(json_answer(closed("enforced")))) as server:
        assert run(kind, server.url, "wait") == closed("enforced")
    assert [head.split(" ")[1] for head in server.heads] == [
        f"/v1/changes/{ID}?wait=50&since=0",
        *[f"/v1/changes/{ID}?wait=50&since=3"] * 3,
    ]


def test_a_redirect_does_not_carry_the_token_away(kind: str) -> None:
    with serving(says(WHOLE)) as thief:
        redirect = f"HTTP/1.1 307 Temporary Redirect\r\nlocation: {thief.url}/v1/changes\r\ncontent-length: 0\r\n\r\n"
        with serving(says(redirect.encode())) as server, pytest.raises(ClyraError, match="CLYRA_CLIENT_BAD_ANSWER"):
            get(kind, server.url)
        assert TOKEN in server.heads[0]
        assert thief.heads == []


def test_a_certificate_that_nobody_vouches_for_is_told_nothing(kind: str, tmp_path: Path) -> None:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(["openssl", *words.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(says(WHOLE), tls=context) as server:
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            get(kind, server.url.replace("http:", "https:"))
        assert server.heads == []

"""Where requests leave, through httpx: what it is set to, and what its errors mean."""

import contextlib
import os
import re
from collections.abc import Iterator
from typing import TypedDict
from urllib.parse import urlsplit

import httpx

from clyra.calls import Answer, Call
from clyra.errors import ClyraError, bad_answer, invalid, unreachable

CONNECT_SECONDS = 5.0


class Settings(TypedDict):
    """What a client of httpx is made with."""

    base_url: str
    headers: dict[str, str]
    follow_redirects: bool


class Sent(TypedDict):
    """What a request of httpx is made with."""

    method: str
    url: str
    content: bytes | None
    headers: dict[str, str]
    timeout: httpx.Timeout


def from_environment() -> tuple[str, str]:
    """CLYRA_GATEWAY and CLYRA_TOKEN. CLYRA_CLIENT_CONFIG where one is missing."""
    missing = [name for name in ("CLYRA_GATEWAY", "CLYRA_TOKEN") if not os.environ.get(name)]
    if missing:
        raise _misconfigured(f"expected {' and '.join(missing)} in the environment, found none")
    return os.environ["CLYRA_GATEWAY"], os.environ["CLYRA_TOKEN"]


def settings(url: str, token: str) -> Settings:
    """CLYRA_CLIENT_CONFIG where the address or the token cannot be one."""
    if not _is_address(url):
        raise _misconfigured("expected the gateway as http(s)://host[:port], found another address")
    # Anything else would come back in the text of an error.
    if not re.fullmatch(r"[!-~]+", token):
        raise _misconfigured("expected a token of printable characters without blanks, found another text")
    # A redirect is not followed: the token is for the gateway alone.
    return {"base_url": url, "headers": {"authorization": f"Bearer {token}"}, "follow_redirects": False}


def sent(call: Call[object]) -> Sent:
    """The request of a call."""
    timeout = httpx.Timeout(call.seconds, connect=CONNECT_SECONDS)
    return {"method": call.method, "url": call.path, "content": call.body, "headers": call.headers, "timeout": timeout}


def answer(response: httpx.Response) -> Answer:
    """What came back."""
    return Answer(
        response.status_code, {name.lower(): value for name, value in response.headers.items()}, response.content
    )


@contextlib.contextmanager
def translated(base: str) -> Iterator[None]:
    """Errors of httpx as ours. Without their causes: these hold the request, and with it the token."""
    try:
        yield
    except httpx.LocalProtocolError:
        raise invalid("expected a request that HTTP can say, found another") from None
    except httpx.ConnectError as error:
        raise unreachable(f"expected the gateway at {base} to answer, found nobody ({error})") from None
    except httpx.TransportError as error:
        raise unreachable(f"expected the gateway at {base} to answer, found none ({type(error).__name__})") from None
    except httpx.RequestError as error:
        raise bad_answer(f"expected an answer of {base}, found another ({type(error).__name__})", None) from None


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    stray = "@" in parts.netloc or parts.query or parts.fragment or port == 0
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not stray


def _misconfigured(detail: str) -> ClyraError:
    return ClyraError(
        "CLYRA_CLIENT_CONFIG", detail, "Give the gateway's address and a token: CLYRA_GATEWAY and CLYRA_TOKEN."
    )

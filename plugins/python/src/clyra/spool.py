"""Where requests wait that nobody took: in review only, bounded, unsigned, in clear. POSIX only: flock."""

import contextlib
import json
import logging
import os
import stat
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from clyra.errors import ClyraError
from clyra.shapes import misfit
from clyra.types import ChangeRequest

BATCH = 20
# Room for the count of lost ones, which may grow.
LOST_DIGITS = 8
log = logging.getLogger("clyra")


@dataclass(frozen=True)
class Entry:
    """A request that waits. `lost` counts those that were dropped before it."""

    site_key: str = field(repr=False)
    request: ChangeRequest = field(repr=False)
    claimed_at: str
    lost: int = 0

    def late(self, more_lost: int = 0) -> ChangeRequest:
        """The request as it is delivered: it says that it is late, and how many were lost before it."""
        return {**self.request, "late": {"claimed_at": self.claimed_at, "lost": self.lost + more_lost}}

    def line(self) -> bytes:
        """The entry as a line of the file."""
        fields = {"site_key": self.site_key, "request": self.request, "claimed_at": self.claimed_at, "lost": self.lost}
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


class Spool:
    """A file of requests, shared by the processes of one user; it holds statements in clear, readable by him alone.

    When it is full the oldest go, and the next one says how many were lost. Errors: CLYRA_CLIENT_SPOOL.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, max_events: int = 1000, max_bytes: int = 8 * 1024 * 1024
    ) -> None:
        """`path` need not exist, its directory must."""
        self.path = Path(path)
        self.max_events = max_events
        self.max_bytes = max_bytes
        self._flusher: int | None = None

    def put(self, entry: Entry) -> None:
        """Keeps an entry, the same request once. On the disk when this returns."""
        if len(entry.line()) > self.max_bytes:
            _refuse(f"expected a request of at most {self.max_bytes} bytes, found a larger one")
        with self._locked():
            entries, trailing = self._read()
            if any((each.site_key, each.request) == (entry.site_key, entry.request) for each in entries):
                return
            entries.append(replace(entry, lost=entry.lost + trailing))
            self._write(_bounded(entries, self.max_events, self.max_bytes), 0)

    def __len__(self) -> int:
        """How many wait."""
        with self._locked():
            return len(self._read()[0])

    def begin(self) -> bool:
        """Takes the right to deliver; False where another process has it, or nothing waits."""
        if not (self.path.exists() and self.path.stat().st_size):
            return False
        descriptor = _open_private(self._beside("flush"))
        try:
            _lock(descriptor, wait=False)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._flusher = descriptor
        return True

    def end(self) -> None:
        """Gives it back."""
        if self._flusher is not None:
            os.close(self._flusher)
            self._flusher = None

    def batch(self) -> list[Entry]:
        """The oldest few."""
        with self._locked():
            return self._read()[0][:BATCH]

    def remove(self, done: Sequence[Entry], lost: int) -> None:
        """Takes these out; `lost` more never arrived, which the next one says."""
        # By what they are: a full spool may have dropped its oldest meanwhile.
        gone = {(entry.site_key, entry.claimed_at) for entry in done}
        with self._locked():
            entries, trailing = self._read()
            left = [entry for entry in entries if (entry.site_key, entry.claimed_at) not in gone]
            self._write(*_with_lost(left, trailing, lost))

    def tell(self, what: str) -> None:
        """A warning in the log `clyra`."""
        log.warning("spool %s %s", self.path, what)

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{suffix}")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        # A file of its own: that of the entries is replaced as a whole.
        descriptor = _open_private(self._beside("lock"))
        try:
            _lock(descriptor, wait=True)
            yield
        finally:
            os.close(descriptor)

    def _read(self) -> tuple[list[Entry], int]:
        try:
            descriptor = _open_private(self.path, create=False)
        except FileNotFoundError:
            return [], 0
        with open(descriptor, "rb") as file:
            lines = file.read().splitlines(keepends=True)
        entries: list[Entry] = []
        lost = 0
        for line in lines:
            match _parsed(line):
                case Entry() as entry:
                    entries.append(replace(entry, lost=entry.lost + lost))
                    lost = 0
                case int(marked):
                    lost += marked
                case None:
                    self.tell("holds a line that is torn: counted as lost")
                    lost += 1
        return entries, lost

    def _write(self, entries: Sequence[Entry], trailing: int) -> None:
        """All of it or nothing: beside the file, then in its place."""
        text = b"".join(entry.line() for entry in entries)
        if trailing:
            text += json.dumps({"lost": trailing}).encode() + b"\n"
        beside = self._beside(f"{os.getpid()}.{threading.get_ident()}.new")
        try:
            with contextlib.suppress(FileNotFoundError):
                beside.unlink()
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
            _sync(self.path.parent)
        except OSError as error:
            _refuse(f"expected to write {self.path}, found {error.strerror}")


def _sync(directory: Path) -> None:
    """So that a file's new name outlives a loss of power."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, *, wait: bool) -> None:
    # Here and not above: the client without a spool runs where there is no fcntl.
    import fcntl  # noqa: PLC0415

    fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def _with_lost(entries: list[Entry], trailing: int, lost: int) -> tuple[list[Entry], int]:
    if not entries:
        return entries, trailing + lost
    return [replace(entries[0], lost=entries[0].lost + lost), *entries[1:]], trailing


def _bounded(entries: list[Entry], max_events: int, max_bytes: int) -> list[Entry]:
    """What fits, the newest; the first of them says how many went."""
    sizes = [len(entry.line()) + LOST_DIGITS for entry in entries]
    first = max(0, len(entries) - max_events)
    while sum(sizes[first:]) > max_bytes and first < len(entries) - 1:
        first += 1
    dropped = sum(1 + entry.lost for entry in entries[:first])
    return _with_lost(entries[first:], 0, dropped)[0]


def _parsed(line: bytes) -> Entry | int | None:
    """An entry, a count of lost ones, or None for what is neither."""
    try:
        value: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    lost = value.get("lost")
    if not isinstance(lost, int) or isinstance(lost, bool) or lost < 0:
        return None
    if set(value) == {"lost"}:
        return lost
    fits = isinstance(value.get("site_key"), str) and isinstance(value.get("claimed_at"), str)
    if not fits or misfit(value.get("request"), ChangeRequest, "request") is not None:
        return None
    return Entry(value["site_key"], value["request"], value["claimed_at"], lost)


def _open_private(path: Path, *, create: bool = True) -> int:
    """A descriptor of a regular file of ours that nobody else may read. CLYRA_CLIENT_SPOOL for any other."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | (os.O_CREAT if create else 0), 0o600)
    except FileNotFoundError:
        if not create:
            raise
        _refuse(f"expected a directory for {path}, found none")
    except OSError as error:
        _refuse(f"expected to open {path}, found {error.strerror}")
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        os.close(descriptor)
        _refuse(f"expected {path} to be a file of this user that nobody else may read (0600), found another")
    return descriptor


def _refuse(detail: str) -> NoReturn:
    raise ClyraError(
        "CLYRA_CLIENT_SPOOL",
        detail,
        "Mend the place of the spool, or give none: then what cannot be asked does not run.",
    )

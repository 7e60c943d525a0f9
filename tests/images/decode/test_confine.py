"""What is left to the process that decodes once it has given up the rest, tried by itself."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from imgfile.images.decode.child import confine, landlock, namespace, seccomp
from imgfile.images.decode.process import _folders, ask

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere less is promised, and nothing to try it on"),
]

ATTEMPTS = """
import sys; sys.path += {folders!r}
import errno, json, os, socket, subprocess, threading
from imgfile.images.decode.child import confine
held = confine.enter() | confine.settle()
done = {{}}
def attempt(name, act):
    try: done[name] = repr(act())
    except (OSError, MemoryError, RuntimeError, ValueError) as error: done[name] = "refused"
attempt("connect", lambda: socket.create_connection(("127.0.0.1", {port}), 1))
attempt("a socket", lambda: socket.socket())
attempt("a datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {port})))
attempt("write a file", lambda: open({folder!r} + "/new", "wb").write(b"x"))
attempt("write into a file", lambda: open({folder!r} + "/there", "r+b").write(b"x"))
attempt("read a file", lambda: open({folder!r} + "/there", "rb").read())
attempt("list a folder", lambda: os.listdir({folder!r}))
attempt("remove a file", lambda: os.unlink({folder!r} + "/there"))
attempt("rename a file", lambda: os.rename({folder!r} + "/there", {folder!r} + "/other"))
attempt("make a folder", lambda: os.mkdir({folder!r} + "/made"))
attempt("a process", lambda: os.fork() or os._exit(0))
attempt("a program", lambda: subprocess.run(["true"]))
attempt("be another program", lambda: os.execv("/bin/true", ["true"]))
attempt("a signal", lambda: os.kill(os.getppid(), 0))
attempt("more memory", lambda: len(bytearray({memory})))
import resource
attempt("a limit back", lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)))
threads = []
def note(): threads.append(len(bytearray(1 << 20)))
thread = threading.Thread(target=note); thread.start(); thread.join()
sys.stdout.write(json.dumps([sorted(held), done, len(threads)]))
"""
ALL = [confine.CALLS, confine.FILES, confine.LIMITS, confine.NETWORK]


def tried(folder: Path, port: int = 9, before: str = "") -> tuple[list[str], dict[str, str], int]:
    """Have a process confine itself and try everything; return what holds, what came of it, how many threads ran."""
    (folder / "there").write_bytes(b"here")
    code = ATTEMPTS.format(folders=_folders(), port=port, folder=str(folder), memory=confine.MAX_MEMORY_BYTES + 1)
    code = code.replace("held =", before + "held =", 1)
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    held, results, threads = json.loads(done.stdout)
    return held, results, threads


def test_it_has_no_network_no_file_no_other_process_and_a_bound_of_memory(tmp_path: Path) -> None:
    """Somebody listens on loopback, and a file lies there: neither is reached. Threads work, for codecs have some."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held, results, threads = tried(tmp_path, listener.getsockname()[1])
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert set(held) >= {confine.LIMITS, confine.CALLS}, "libseccomp2 is installed wherever the tests run"
    assert set(results.values()) == {"refused"}, results
    assert threads == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_each_bound_holds_by_itself(tmp_path: Path) -> None:
    """Without the filter of calls, the namespace alone takes the network, and the limits take what is written."""
    held, results, _ = tried(
        tmp_path,
        before="from imgfile.images.decode.child import seccomp\nseccomp.restrict = lambda: False\n",
    )
    assert confine.CALLS not in held
    assert results["more memory"] == "refused"
    if confine.NETWORK in held:
        assert results["connect"] == "refused"
    if confine.FILES in held:
        assert {results[name] for name in ("read a file", "write a file", "make a folder", "remove a file")} == {
            "refused"
        }
    else:
        assert results["write into a file"] == "refused"


def test_a_process_says_what_holds() -> None:
    """As `imgfile check` asks it."""
    said, data = ask({"kind": "none"}, b"", max_bytes=0)
    assert isinstance(said["held"], list)
    assert set(said["held"]) <= set(ALL)
    assert set(said["held"]) >= {confine.LIMITS, confine.CALLS, confine.FILES, confine.NETWORK}
    assert data == b""


def test_landlock_is_asked_for_what_a_kernel_knows() -> None:
    """Rights, then ports, then scopes, as the kernel's versions came to know them."""
    assert landlock.rights_of(1) == [0x1FFF]
    assert landlock.rights_of(2) == [0x3FFF]
    assert landlock.rights_of(3) == [0x7FFF]
    assert landlock.rights_of(4) == [0x7FFF, 3]
    assert landlock.rights_of(5) == [0xFFFF, 3]
    assert landlock.rights_of(7) == [0xFFFF, 3, 3]


def test_elsewhere_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows whoever asks sets the limits; on others there is none of Linux's."""
    for platform in ("darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        seccomp.load.cache_clear()
        assert not landlock.restrict()
        assert not seccomp.restrict()
        assert not namespace.leave_network()
    assert confine.enter() | confine.settle() == set()
    seccomp.load.cache_clear()

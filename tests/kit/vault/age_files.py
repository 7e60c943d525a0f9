"""Age files from elsewhere: the npm packages through node, the test vectors; and identities that cost little."""

from __future__ import annotations

import base64
import json
import subprocess
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from imgfile.sealing import Identity, generate_identity, parse_identity
from imgfile.sealing.passphrase import Passphrase
from kit.tools import node_module, tool

SIZES = (0, 1, 65535, 65536, 65537, 131072, 3_000_000)
"""Lengths of content, in bytes, at and around the edges of a chunk."""


def ask_node(package: str, jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put jobs to an npm package; see age.mjs."""
    run = subprocess.run(
        [tool("node"), str(Path(__file__).parents[2] / "sealing" / "age.mjs"), str(node_module(package))],
        input="\n".join(map(json.dumps, jobs)).encode(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


@dataclass(frozen=True, slots=True)
class Vector:
    """One age test vector: what a reader with these identities must find in the file."""

    name: str
    expect: str
    payload: str
    """SHA-256 of all the plaintext that is released, in hex."""
    identities: tuple[Identity, ...]
    file: bytes


@cache
def load_vectors() -> list[Vector]:
    """Read every vector of cctv-age that is not armored."""
    [answer] = ask_node("cctv-age", [{"vectors": True}])
    read = [_vector(name, base64.b64decode(text)) for name, text in answer["vectors"].items()]
    return [vector for vector in read if vector is not None]


def _vector(name: str, data: bytes) -> Vector | None:
    head, _, file = data.partition(b"\n\n")
    facts: dict[str, list[str]] = {}
    for line in head.decode().splitlines():
        key, _, value = line.partition(": ")
        facts.setdefault(key, []).append(value)
    assert facts.keys() <= {
        *("expect", "payload", "identity", "passphrase", "compressed", "armored", "file key", "comment")
    }, "the vectors' README says to ignore such a file; see first what the new key means"
    if facts.get("armored") == ["yes"]:
        return None
    identities = (*map(parse_identity, facts.get("identity", [])), *map(Passphrase, facts.get("passphrase", [])))
    return Vector(
        name,
        facts["expect"][0],
        facts.get("payload", [""])[0],
        identities,
        zlib.decompress(file) if "compressed" in facts else file,
    )


KINDS = ("x25519", "hybrid", "passphrase")


def make_identity(kind: str) -> Identity:
    """Make an identity of a kind; a passphrase with the lightest work factor."""
    if kind == "passphrase":
        return Passphrase("correct horse", work_factor=1)
    return generate_identity(post_quantum=kind == "hybrid")

"""Never both source and record lost, whenever a run dies; and running the same command again finishes the job.

Each phase of filing is hit at least `HITS` times: by a SIGKILL right before a call, for every call of the phase (a
write then has half of its sectors down), and by one that comes at a random moment within the phase. The log of the
dead tells which phase was really hit, and the histogram of that is printed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from imgfile.errors import SourceUnavailable
from promises.world import Call, World

PHASES = ("write", "publish", "audit", "overwrite", "note-drop")
HITS = 20
KILLED = -9


def _healthy(world: World) -> tuple[Call, ...]:
    """File without a fault, and learn which calls there are."""
    world.reset()
    ran = world.ingest()
    assert ran.status == 0, ran.said
    assert not [*world.unfinished()]
    assert {call.phase for call in ran.calls} >= set(PHASES)
    return ran.calls


def _at_calls(calls: tuple[Call, ...], phase: str, most: int) -> Iterator[Mapping[str, float]]:
    """Die right before a call of the phase: before each one, or before `most` of them, evenly spread."""
    numbers = [number for number, call in enumerate(calls, 1) if call.phase == phase]
    chosen = numbers if len(numbers) <= most else [numbers[at * len(numbers) // most] for at in range(most)]
    yield from ({"die": number} for number in chosen)


def _at_moments(calls: tuple[Call, ...], phase: str, dice: random.Random) -> Iterator[Mapping[str, float]]:
    """Die at a random moment that falls into the phase if this run is as fast as the healthy one."""
    numbers = [number for number, call in enumerate(calls, 1) if call.phase == phase]
    first, last = numbers[0], numbers[-1]
    length = (calls[min(last, len(calls) - 1)].nanoseconds - calls[first - 1].nanoseconds) / 1e9
    while True:
        yield {"die": first, "delay": dice.uniform(0, length)}


def _die_and_run_again(world: World, fault: Mapping[str, float]) -> str | None:
    """Kill one run, look, and run the same command again; return the phase hit, None if it was too late."""
    world.reset()
    killed = world.ingest(**fault)
    if killed.status == 0:
        assert not [*world.unfinished()]
        return None
    assert killed.status == KILLED, killed.said
    assert not [*world.lost()]
    was_complete = world.is_erased() and not world.pending()
    again = world.ingest()
    if was_complete and not world.is_mailbox:  # all was done, and no word of it left the dead: now there is no source
        assert again.status == SourceUnavailable.exit_code, again.said
    else:
        assert again.status == 0, again.said
    assert not [*world.unfinished()]
    return killed.calls[-1].phase


@pytest.mark.parametrize("phase", PHASES)
def test_death_in_every_phase_is_survived(world: World, phase: str) -> None:
    """Short: twelve calls of the phase, and eight or more moments in it."""
    _kill(world, phase, most_calls=12, hits=HITS, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("phase", PHASES)
def test_death_at_every_call_and_many_moments_is_survived(world: World, phase: str) -> None:
    """Long: every call of the phase, and moments up to two hundred hits."""
    _kill(world, phase, most_calls=10_000, hits=200, seed=2)


def _kill(world: World, phase: str, *, most_calls: int, hits: int, seed: int) -> None:
    calls = _healthy(world)
    hit: Counter[str | None] = Counter()
    for fault in _at_calls(calls, phase, most_calls):
        hit[_die_and_run_again(world, fault)] += 1
    moments = _at_moments(calls, phase, random.Random(seed))  # noqa: S311 - moments, no secrets
    while hit[phase] < hits:
        hit[_die_and_run_again(world, next(moments))] += 1
    reported = ", ".join(f"{name or 'not at all'} {count}" for name, count in hit.items())
    print(f"\n{world.source.name}, {phase}: hit {reported}")  # noqa: T201 - evidence

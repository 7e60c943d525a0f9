"""Filing a photo anew that was in the vault before, in another place: a record, and its entry in the trail.

| died | what is left, and what the next run does |
| --- | --- |
| before the manifest | orphans that mean nothing, and a note of an entry that states nothing: it is dropped |
| between the manifest and its entry | this station's own note of it: its next act enters it, whoever does the rest |
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from imgfile.clinical.proofs import Digest, Verified
from imgfile.device import ReadBack
from imgfile.record_state.begun_entries import BegunEntry, begin_entry
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import commit
from imgfile.vault.records.commit import Submission
from imgfile.vault.trail import permissions


def file_again(
    vault: Vault, submission: Submission, *, at: datetime, beside: Callable[[Digest], None] = lambda _: None
) -> Verified:
    """Make a record exist, proven, and enter it in the trail. Hold the station's lock.

    `beside` is called as by `commit`. Raises `NotWritable`, `Damaged`; then there is no record, or this station's next
    act enters it.
    """
    begun: list[BegunEntry] = []

    def before_it_exists(digest: Digest) -> None:
        beside(digest)
        reached = ReadBack.REOPENED.value  # at least: everything was read back by now
        entry = permissions.filed_entry(submission.folder, submission.record, digest, reached, at=at)
        name = layout.manifest(submission.folder, submission.record)
        begun.append(begin_entry(vault.station, name, entry))

    proof = commit.commit(vault, submission, before_it_exists)
    permissions.release(vault, [proof], at=at)
    for each in begun:
        each.drop()
    return proof

"""What an approval makes of a roster that went on while its key files were written."""

from __future__ import annotations

import pytest

from imgfile.errors import UsageError
from imgfile.vault import layout
from imgfile.vault.joining.grant import Opened, granted
from kit.vault.joining import COLLEAGUE, Asker
from kit.vault.practice import Practice, begin_generation


def test_key_files_of_a_generation_that_is_over_let_nobody_in(practice: Practice) -> None:
    """The new computer asks again, and is let in to the key that is in use by then."""
    request = Asker(practice).made()
    opened = Opened(practice.vault.roster.generation.number, "a" * 64, "b" * 64)
    assert granted(practice.vault.roster, request, COLLEAGUE, opened, layout.new_id()).station(request.ids[0])
    later, _ = begin_generation(practice)
    with pytest.raises(UsageError, match="its key has changed") as caught:
        granted(later.vault.roster, request, COLLEAGUE, opened, layout.new_id())
    assert "imgfile join FOLDER --again" in caught.value.hint

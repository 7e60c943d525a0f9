"""What a header block declares does not depend on the blocks read before it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.mail.headers import read_block
from imgfile.mail.mime.content_type import read_declared
from imgfile.mail.view import View
from kit.fast import many


@settings(max_examples=many(50))
@given(
    st.lists(st.sampled_from(["text/plain", "image/jpeg", "Message/RFC822", "multipart/mixed; boundary=a"]), max_size=3)
)
def test_what_a_short_header_says_does_not_depend_on_those_before(types: list[str]) -> None:
    """The same block says the same, with another default another thing."""
    for default in ("text/plain", "message/rfc822"):
        for kind in (*types, ""):
            for padding in ("", "X-Long: " + "x" * 300 + "\n"):
                raw = (padding + (f"Content-TYPE: {kind}\n" if kind else "") + "\n").encode()
                declared = read_declared(read_block(View(raw), 0, len(raw)), default)
                assert declared.type == (kind.partition(";")[0].lower() or default)
                assert declared.parameters == ({"boundary": "a"} if "boundary" in kind else {})

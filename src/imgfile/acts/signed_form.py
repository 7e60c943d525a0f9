"""Reading a signed form, a PDF or an image of at most 20 MB, by its bytes: to be sealed with a photo, or added to one.

It is read whole and once: what is sealed is what was judged. Its own file is never changed, nor erased.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from imgfile import files
from imgfile.clinical.consent import SignedForm
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record.additions import MAX_DOCUMENT_BYTES
from imgfile.errors import AnswerInvalid, SourceUnavailable
from imgfile.images.form_type import form_type


def read_form(path: Path) -> SignedForm:
    """Read a form. Raises `SourceUnavailable`, `AnswerInvalid`, which name it; nothing was changed."""
    with files.opened_source(path) as descriptor:
        if files.FileIdentity.of(descriptor).size > MAX_DOCUMENT_BYTES:
            raise AnswerInvalid(
                f"{path} is larger than {MAX_DOCUMENT_BYTES >> 20} MB.",
                "Scan it in grey, or at 200 dpi. Nothing was changed.",
            )
        data = files.read_unchanged(descriptor, path, limit=MAX_DOCUMENT_BYTES)
    kind = form_type(data)
    if not kind:
        raise AnswerInvalid(f"{path} is neither a PDF nor a photo or scan.", "Nothing was changed.")
    return SignedForm(Digest(hashlib.sha256(data).hexdigest()), kind, data, str(path))


def named_form(text: str) -> SignedForm:
    """Read a form that an answer names. Raises `AnswerInvalid` with the end of a sentence that begins with the answer.

    What a file manager puts round a name that is dropped on a terminal is taken away.
    """
    name = text.strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1]
    try:
        return read_form(Path(name))
    except (SourceUnavailable, AnswerInvalid) as error:
        raise AnswerInvalid(f"names no form: {error.message.rstrip('.')}") from error

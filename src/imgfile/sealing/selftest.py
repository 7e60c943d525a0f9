"""Whether the cryptographic library tells the truth: asked before the first seal of each kind of recipient.

A library that errs consistently (a wrong label, a broken build) would seal files that only it can open, and find
nothing wrong in reading them back. So it must first open a file that another implementation sealed, refuse that file
with one bit changed, and open what it sealed itself. A few milliseconds, once a process.

The three files below were made with the npm package age-encryption 0.3.1 for keys that protect nothing else.
"""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING, Final

from imgfile.errors import Damaged, Error
from imgfile.frozen import dataclass
from imgfile.sealing import envelope
from imgfile.sealing.header import SCRYPT
from imgfile.sealing.hybrid import HybridRecipient
from imgfile.sealing.identity import Identity, parse_identity
from imgfile.sealing.payload import CHUNK_BYTES

if TYPE_CHECKING:
    from imgfile.sealing.passphrase import Passphrase

MESSAGE: Final = b"imgfile: does this library tell the truth?"
_TWO_CHUNKS = bytes(CHUNK_BYTES + 1)


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """A file that another implementation sealed, in Base64, and the secret that opens it to `MESSAGE`."""

    secret: str
    sealed: bytes


@cache
def prove(kind: str) -> None:
    """Return if the library handles this kind of recipient rightly. Raises `Error` if not: nothing may be sealed."""
    try:
        is_sound = _is_sound(kind)
    except Exception as error:  # whatever a broken library raises, the answer is the same
        raise _broken() from error
    if not is_sound:
        raise _broken()


def _is_sound(kind: str) -> bool:
    answer = KNOWN_ANSWERS[kind]
    sealed = base64.b64decode(answer.sealed)
    identity = _passphrase(answer.secret) if kind == SCRYPT else parse_identity(answer.secret)
    own = b"".join(envelope.encrypt(_TWO_CHUNKS, [identity.recipient]))
    return (
        _open(sealed, identity) == MESSAGE
        and _open(sealed[:-1] + bytes([sealed[-1] ^ 1]), identity) is None
        and _open(own, identity) == _TWO_CHUNKS
    )


def _passphrase(secret: str) -> Passphrase:
    """Take the lightest work factor: the answer shows that scrypt is right, not that it is slow."""
    from imgfile.sealing.passphrase import Passphrase  # noqa: PLC0415 - filing seals to no passphrase

    return Passphrase(secret, work_factor=1)


def _open(sealed: bytes, identity: Identity) -> bytes | None:
    try:
        return b"".join(envelope.decrypt(sealed, [identity]))
    except Damaged:
        return None


def _broken() -> Error:
    return Error(
        "the cryptographic library on this computer gives wrong answers. Nothing was sealed.",
        "Reinstall it: pip install --force-reinstall cryptography",
    )


KNOWN_ANSWERS: Final[dict[str, KnownAnswer]] = {
    "X25519": KnownAnswer(
        "AGE-SECRET-KEY-15CQU6XFQ8RL55M3FF0Q8DCL0E6WLTFE67M032LA2G3C3440G5N5S5X0J00",
        b"YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBsMytqclBjdWNvUlg3NEszREdkRXB0Y1FhRTdERlNUUW83d3pQWUx2UlJRCjhK"
        b"eURURXh2dTN3NzhUN1NUL2YxbG56T2k1RmFIUEI4Z29PU3UvNDczM3cKLS0tIHBQUTZEUW9UMDFMQUh1NWRlaGpldmVqQ2VrblV0c09u"
        b"K3hIeFhDR1pWYlkKTzhuISlMSFWwKs95HLw6OaAUZOsqO60hHZZN/6O45k3TZBu6dst1IQc+i8nHQYlJ4Uyn+ksHN5cnVouoCGWFFTEu"
        b"d3FB9Gqn9kE=",
    ),
    HybridRecipient.kind: KnownAnswer(
        "AGE-SECRET-KEY-PQ-1NUJ3VZ6C804LGTVVXAGZRVCLW7NGM596LU7J4TVP2AVQRFKMTDASDCPVRU",
        b"YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IG1sa2VtNzY4eDI1NTE5IHREUmljeEtyQjgwN1VCMmJoR0NqczJvdHRXalJQTlgvQXBBaDlu"
        b"VVlkY1F3SzVscU1jd3NTZjJPdS8zVS9jbFVqME1vRTY1QXhSQVoxck9od0dvMGVJaHlNSlVzalVvS3BmYlcwSWlETFJVb2V3Z3pscTNF"
        b"R1p5Nk00NVhpTUdsKzdWbHZUSUxGc2liVmgxcnBJVmczSXJ5RERaU2FQdnkvZ0Y4emxabzJiejdrd1RXa1pNbWd3bUI2eDR5WFpTTkt0"
        b"NjRCeWQ3dlVzRUMrb0M1MEMxV3V6V0pqd21wUVVkZXc5bHZtc1dWUk5JUDVBaXFOVUpCbFNhRzdwTEd4VkJ5V00ySFNzckQ1SVlmdTJJ"
        b"SUx4VkJOYnduUDByUXdYMHVkdGx4WEpaWWZjMnNacHpVUHB1ZmNPZlg1c3hrVi9sMVIzTDhJTE1hZDFaMHJWSGVmbEJoNWtMWm5QemFk"
        b"YWpNTHFEeVZ6RUZ6Ly9ISlFjY0RER3kxd1VzeVVwRkNXc0dCZnpOM3pLN1hQdWlJcUk2L2dXeGtwRzh2ZWNIUFN0M3ZaN0xRUGFFUyt1"
        b"RFA0bld4MXh2S3lzOTZURGJKbnV5MWh6eE5TYThIZDJrQy95bzFjbUZxTGVoUUF5ZDdrZ1Nla0p2c3AwdG52YkxLaFhXcHBGUDFHSGNB"
        b"UWJtMllibGNDQXJiTXNLRWkxaUpIZWdHS2dXeTlaZHJVNEQ2c2lvc1BQM0tKNC8rL3YrZ0FQSXRORTVvVGpGVDhjOEtlSXFib1RRYUlQ"
        b"ZzZTdG5KRTF0clpabEhIMWNYb3RYdzhLSmVLMzNDVVk0WWxiZ2N5bUFWUFJVdTU5WGtDK0tJcDZPYnBjMjYrbHA0Um5IRXZFZ2xnRjkr"
        b"K1B5YkJXNUI3UXlMSUEzM3d6WFg5eWRkdFVnbDZUYnE1ZDJTMjZya0w5NHVUdXp6dVRpWmhlWXBJc29qZExveVpyY1RNSHR2QkFKc0Zt"
        b"Y0pheUU4ZldQNlVKNGZkc1Axb05zTi9kWTFvTTdxQXZIVWNYeGl2YVEzMjZrU1RuTG5HaFVvblI0TUEzQU56czhkNW5VKzNiY1F2am4z"
        b"RlNFeXNYelNiRTVjL3BNeFNUUUI0cStGYmJ3b24yaXZWcGJFaTdnR3hLUm5uckVNb09qb1ZSVlBjbWcyT0Y1amNSclJaZ2ZzOVcxU2Y3"
        b"QlZCL0xoaFowUEc1SEdjaEdNWnR3dDVlTUdiVDlDRWMxT2xLTXBLNTdRWDAwWHRqdGw2dHhnQmI0dTk4SFdiY0hUc081UFFpWWhVSDFt"
        b"bHdQQW8rcmlvSi9sVkNWV2tyNG5pRzh2cytqRmZRR2Y1Y3ZhZFpGYUswdUl2MHNNUHFPSXI1VHlzOFNyekZoL2tOV2ZFN3UxaDZLbjFL"
        b"VE00ck9jbS9vbGR6YVU3b0YxZXBaZG0zcEQzY1NySGo2amY5bE9xUzlhNVVpRGM2L1o5OXNPNXVDcEhZcThRUnFFOCtJZkcwNHlkcXVK"
        b"ejJROS9IckhSdnNOV3RmWktGY2ErdjBnNVZuYlU1R1NITmVPd0FaYStyYzNqdmlRdkJDNDVjMXphd2czYnVBTnBKNmZVQXc5bTVHOVpW"
        b"SE1PTDF6TTJ6RlZXam9WYi9qQmVPS0lDTEllNjE2eGovV0N5L0lra1hmRjBsQ04yTW5PbGVCWWZDZXlTbi9yeE5KbXN6OVNXRUR5MFYw"
        b"OHJSZStaL2ZXWDJxWVY4cmk0RGdGVFdXaTZtQUlvUE53SWFZMFI0RkRFQXlFQ3V5MmNEY0JqcytwM2o4ZjBPYkNlZUdMVzlkcFJJMmEv"
        b"U0lCRm8vTU9NVGUxditFSXdnZ0xPcjdBbjY3MzloRytpSTZ6OEVmQlB4Z0k2MVUxQmNHRUhCcnZQVkMvNXdraG9idjJvRk9GK2pFbEUx"
        b"VUptWXFLNGtUU043MnVIb1BvZG5pV2YyZmVkNy9LZENWYTUrMHpFSnVKeGxxMi9WMEFIdwpRMjlwaEUyeTBtMEpqcjZhNnh0T2NQQWgz"
        b"ajZhWnp4SUEra2k5RnlmWmhZCi0tLSA5TEVESmdNMlUxWWF3Q3ZrUlhaVENZZWc2dkxnTHlINmRyb2M4MmYxYUlRCkmZ1Ihue9tBpqgq"
        b"qJZBmy6iG2xpPor/zYLU0rMEwikIIRcUkmTM8ORywk8jmkpNcOA+5ZDkYsmABnJdM657c/R5Wy0wLMHGUGbK",
    ),
    SCRYPT: KnownAnswer(
        "known-answer",
        b"YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBMR2NnM1BUN2ZvTklpM2pxd1QyUVF3IDEKR1lvWVN4MnlkS2tyNUVZU0U4VzYv"
        b"eXhzaERvUGJOY1RRWnpjYU4yQytvOAotLS0gd3B4MFpRVEhkY3ZVUFZ5TkRhN0loOWF1WEtqZGloSGVkNFpCTU1DZG9NQQqvQ0atMbaE"
        b"ziZ7fZHFr0O/crDg/rGUI2t+1XJ67orP5wNDKbB8uxSJtLILmrTPseYaQBeH4DI0X+BVBBrVSuzf5v7IRW91gJZUZA==",
    ),
}

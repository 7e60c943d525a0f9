"""`python -m imgfile` is `imgfile`."""

from imgfile.cli import run

run()

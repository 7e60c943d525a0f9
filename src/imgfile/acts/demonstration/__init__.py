"""The demonstration's mailbox, and the checks of what it claims. `imgfile.cli.commands.demo` plays it.

mailbox.py   the mailbox that a photo arrived in; the photo itself is `images.specimen`
scan.py      whether something can be read in bytes, in files, or in mails
claims.py    what is true once the photo is filed, established without imgfile's own reading code
"""

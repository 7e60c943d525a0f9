"""The demonstration's mailbox, and the checks of what it claims. `imgfile.cli.commands.tools.demo` plays it.

photo.py     the photo, made from nothing, with all that a phone would write into it
mailbox.py   the mailbox that it arrived in
scan.py      whether something can be read in bytes, in files, or in mails
claims.py    what is true once the photo is filed, established without imgfile's own reading code
"""

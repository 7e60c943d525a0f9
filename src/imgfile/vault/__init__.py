"""The vault: what lies in it, who belongs to it, how it is filed and opened, what happened, and whether that agrees.

layout, times    the names of objects, and how a moment is written
store            where a vault lies: the one place that makes a path of a name
roster           who belongs: what one roster says, and the chain from the pinned one to the newest
access           a vault as this station may use it
keys             what objects are sealed to, and the keyed names of patients and photos
records, trail   what is filed, and how it opens; what happened, and what may be erased for it
founding, choose how a vault comes to be, and which of those that this station trusts is meant
checks           what `verify` compares

Each rests on those above it alone (pyproject.toml holds it there); those on one line do not know each other.
"""

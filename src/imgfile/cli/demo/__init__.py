"""How `imgfile demo` plays: in a folder of its own, with real commands that are shown as they run."""

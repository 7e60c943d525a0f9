"""The policy as people meet it: each setting in words, the file they write, what a change loosens, the notice."""

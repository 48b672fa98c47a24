"""Bringing legacy press releases in. Nothing here prints or parses arguments.

sources   what the operator names -> Captures
reading   Capture -> Item, what the page says, by a reader for its format
clean     Item -> Record, in our names and types
prepare   all of that, in other processes too (ahead)
writing   Records -> releases, in batches
run       one import from its start to its end: the ledger, resuming, the report

Imports nothing: other processes begin at a module of this package, before there are models.
"""

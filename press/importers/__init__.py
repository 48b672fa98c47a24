"""Bringing legacy press releases in. Nothing here prints or parses arguments.

sources/    what the operator names -> Captures
readers/    Capture -> Item, what the page says, by a reader for its format
clean       Item -> Record, in our names and types
prepare     all of that, in other processes too (ahead)
matching/   labels -> terms; suggestions that wait for people
writing/    Records -> releases, in batches
run         one import from its start to its end, resuming included; listing_run: the same for lists
patience    a transaction once more when somebody else's stood in its way
ledger/     what comes after: report, conflicts, verify, rollback

Imports nothing, as the packages in it (but sources): other processes begin here, before there are models.
"""

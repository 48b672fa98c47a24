"""Captures in blocks, prepared by all processors while the database writes. Imports no models."""

import gc
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from itertools import chain, islice

import django

__all__ = ["Block", "BrokenProcessPool", "cut", "prepared"]

MOST_BYTES = 8_000_000  # of one block, whatever its number of captures


@dataclass
class Block:
    """fresh: [(position, payload, Capture), ...] to prepare; known: [(position, id of a release that is as
    read), ...].

    passed: how many were passed over before and are again. end: how many captures are dealt with then.
    """

    fresh: list = field(default_factory=list)
    known: list = field(default_factory=list)
    passed: int = 0
    end: int = 0

    def __len__(self):
        return len(self.fresh) + len(self.known) + self.passed


def cut(pairs, size):
    """Lists of pairs, (position, Capture): of at most size and MOST_BYTES, but at least one."""
    block, held = [], 0
    for position, capture in pairs:
        block.append((position, capture))
        held += len(capture.data)
        if len(block) == size or held > MOST_BYTES:
            yield block
            block, held = [], 0
    if block:
        yield block


def prepared(blocks, work):
    """(block, [Prepared of what is fresh in it, ...]) in order. work: a Work.

    The first block is done here, while the other processes begin; without a second one they do not.
    Raises BrokenProcessPool when one of them was killed.
    """
    blocks = iter(blocks)
    few = list(islice(blocks, 2))
    if len(few) < 2:
        yield from ((block, work.do(block.fresh)) for block in few)
        return
    yield from in_order(few[0], chain(few[1:], blocks), work)


def in_order(first, others, work):
    # In a file: what goes to a process as it begins would wait for ever for one that was killed by then.
    with tempfile.NamedTemporaryFile() as file:
        pickle.dump(work, file)
        file.flush()
        processes = os.cpu_count() or 1
        # Spawned, not forked: a fork would share the connection to the database.
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(
            processes, mp_context=context, initializer=begin, initargs=[file.name]
        )
        # All of them at once: one that began while the pool broke would never be told to end.
        executor._safe_to_dynamically_spawn_children = False
        pairs = ((block, submitted(block, executor)) for block in others)
        gc.freeze()  # as in begin()
        try:
            waiting = deque(islice(pairs, processes + 1))
            yield first, work.do(first.fresh)
            while waiting:
                waiting.extend(islice(pairs, 1))
                yield finished(waiting.popleft())
        finally:
            gc.unfreeze()
            executor.shutdown(cancel_futures=True)


def submitted(block, executor):
    # Where files lie is known here only; it may be an open archive.
    bare = [(n, payload, replace(each, folder=None)) for n, payload, each in block.fresh]
    return executor.submit(done_there, bare) if bare else None


def finished(pair):
    block, future = pair
    return block, future.result() if future else []


_work = None  # of this process


def begin(work):
    global _work
    # Ctrl-C reaches all processes of a terminal; the first one sees to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=end_with_parent, daemon=True).start()
    django.setup()
    with open(work, "rb") as file:
        _work = pickle.load(file)  # noqa: S301 - by ourselves, a moment ago; it needs what was just set up
    # What is there by now stays: no need to look through it again and again.
    gc.freeze()


def end_with_parent():
    # A pool whose first process was killed would wait for work for ever.
    multiprocessing.parent_process().join()
    os._exit(1)


def done_there(fresh):
    return _work.do(fresh)

"""Releases made by all processors while the database writes. Imports no models: workers begin here."""

import multiprocessing
import os
import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor

import django


def begin():
    # Ctrl-C reaches all processes of a terminal; the first one sees to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    django.setup()


def in_order(make, plan, chunks):
    """make(plan, chunk) for each chunk, made ahead by no more than the writer can soon use."""
    if len(chunks) < 2:
        yield from (make(plan, chunk) for chunk in chunks)
        return
    processes = min(os.cpu_count() or 1, len(chunks))
    # Spawned, not forked: a fork would share the connection to the database.
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(processes, mp_context=context, initializer=begin)
    try:
        waiting = deque()
        for chunk in chunks:
            waiting.append(executor.submit(make, plan, chunk))
            if len(waiting) > processes + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        executor.shutdown(cancel_futures=True)

"""Measuring our code and nothing else: coverage's tracing doubles what a line costs."""

import gc
import sys
import time
from collections.abc import Callable


def processor_seconds(work: Callable[[], object]) -> float:
    """Processor time of some work, without tracing and without the collector's pauses for what other tests left."""
    trace = sys.gettrace()
    sys.settrace(None)
    gc.disable()
    try:
        start = time.process_time()
        work()
        return time.process_time() - start
    finally:
        gc.enable()
        sys.settrace(trace)

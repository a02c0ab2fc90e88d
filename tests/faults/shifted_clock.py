"""`python -m tests.faults.shifted_clock SECONDS MODULE ...`: run a module whose clock is off by so many seconds.

Everything in Python that reads the time of day sees the other time; what measures durations is left alone.
"""

import runpy
import sys
import time

import time_machine

if __name__ == "__main__":
    seconds, module = float(sys.argv[1]), sys.argv[2]
    del sys.argv[:2]
    with time_machine.travel(time.time() + seconds, tick=True):
        runpy.run_module(module, run_name="__main__", alter_sys=True)

"""`python -m leadmanager.launch.child PARENT MODULE ...`: run a module that ends when its parent does."""

import runpy
import sys

from leadmanager.parent_death import end_with_parent

if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    module = sys.argv[2]
    del sys.argv[:2]  # the module sees its own arguments only
    runpy.run_module(module, run_name="__main__", alter_sys=True)

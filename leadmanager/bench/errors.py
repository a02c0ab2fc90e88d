"""Why a benchmark was given up."""

from leadmanager.launch.errors import LaunchError


class BenchmarkFailed(LaunchError):
    """A figure could not be measured, or would not be worth anything; the message is one line."""

    code = "benchmark_failed"

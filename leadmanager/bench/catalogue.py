"""The benchmarks by name. To be imported once Django is set up."""

from collections.abc import Callable

from leadmanager.bench.feedback_writes import feedback_array, feedback_post, odata_batch
from leadmanager.bench.measuring import Plan, Result
from leadmanager.bench.odata_page import odata_page
from leadmanager.launch.database import Database

BENCHMARKS: dict[str, Callable[[Database, Plan], Result]] = {
    each.__name__: each for each in (feedback_post, feedback_array, odata_batch, odata_page)
}

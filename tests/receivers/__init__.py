"""A stand-in for clients' systems: a real socket server whose path says how it behaves.

In a test: `with receiving() as receiver: ... receiver.url("fail-every/10")`. As a tool: `python -m tests.receivers`.
"""

from tests.receivers.behaviours import saying
from tests.receivers.requests import ReceivedRequest
from tests.receivers.server import Receiver, closed_port, receiving

__all__ = ["ReceivedRequest", "Receiver", "closed_port", "receiving", "saying"]

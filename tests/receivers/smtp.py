"""A mail server on this machine: takes mails in, or answers as it is told at any step of the conversation."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class SmtpReceiver:
    """What a mail server was told. `replies` sets its answer to a command: {"RCPT": "550 no such mailbox"}."""

    port: int = 0
    replies: Mapping[str, str] = field(default_factory=dict)
    messages: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address as `EMAIL_URL` takes it."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"


@contextmanager
def smtp_receiver(replies: Mapping[str, str] | None = None) -> Iterator[SmtpReceiver]:
    """Run a mail server until the end of the block. The reply `close` hangs up without one (RFC 5321, 3.8)."""
    receiver = SmtpReceiver(replies=replies or {})

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if not self.say("CONNECT", "220 receiver.example"):
                return
            while line := self.rfile.readline():
                command = line.decode("ascii").split()[0].upper()
                if command == "RCPT":
                    receiver.recipients.append(line.decode("ascii").partition(":")[2].split()[0].strip("<>"))
                standard = {"DATA": "354 go on", "QUIT": "221 bye"}.get(command, "250 ok")
                if not self.say(command, standard) or command == "QUIT":
                    return
                if command == "DATA" and not receiver.replies.get("DATA", "354").startswith(("4", "5")):
                    receiver.messages.append(self.read_message())
                    if not self.say("END", "250 taken in"):
                        return

        def say(self, step: str, standard: str) -> bool:
            reply = receiver.replies.get(step, standard)
            if reply == "close":
                return False
            self.wfile.write(f"{reply}\r\n".encode())
            return True

        def read_message(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            return b"".join(lines)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Conversation) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()

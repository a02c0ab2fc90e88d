"""`./run demo`: everything, with demo data and a stand-in client system that takes leads in and sends feedback."""

import json
import os
import subprocess

from leadmanager.demo.agreed import stand_in_network, stand_in_port
from leadmanager.launch.database import Database
from leadmanager.launch.errors import LaunchError
from leadmanager.launch.programs import Program
from leadmanager.launch.serving import check_port, chosen_port, serve
from leadmanager.launch.supervisor import Supervisor


def main(arguments: list[str]) -> int:
    """Serve the demo until told to stop."""
    if arguments:
        raise LaunchError(f"{arguments[0]!r} is not understood; `./run --help` lists what is.")
    try:
        stand_in = stand_in_port(chosen_port())
    except ValueError as error:
        raise LaunchError(str(error)) from None
    check_port(stand_in, variable="DEMO_CLIENT_PORT")
    os.environ["DEMO_CLIENT_PORT"] = str(stand_in)
    # The stand-in is on this machine, where rules may not send to unless it is allowed.
    allowed = [os.environ.get("TRANSMIT_ALLOWED_NETWORKS", ""), stand_in_network(stand_in)]
    os.environ["TRANSMIT_ALLOWED_NETWORKS"] = ",".join(filter(None, allowed))
    return serve(afterwards=_start_demo)


def _start_demo(supervisor: Supervisor, database: Database, port: int) -> None:
    environment = {"DATABASE_URL": database.url, "PORT": str(port)}
    program = Program("demo data", ("django", "demo", "--json"), environment)
    with program.start(stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        # It prints a few thousand characters, which a pipe holds until they are read.
        supervisor.keep(until=lambda: process.poll() is not None)
        if supervisor.is_stopping:
            process.terminate()
            return
        demo = process.stdout.read() if process.stdout else ""
    if process.returncode != 0:
        raise LaunchError("The demo data could not be made; the lines above say why.")
    staff = json.loads(demo)["staff"]
    print(f"Demo login: {staff['username']}   password: {staff['password']}", flush=True)
    supervisor.start(Program("demo client", ("leadmanager.demo.client",), environment | {"DEMO": demo}))

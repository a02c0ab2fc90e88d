"""What `./run` starts: a module per subcommand in `commands/`, its `main(arguments)` giving the exit status."""

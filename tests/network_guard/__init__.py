"""The address rules at real sockets: in a network of its own, where every address on earth is this process's."""

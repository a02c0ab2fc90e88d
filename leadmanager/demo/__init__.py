"""An agency to look around in, and a stand-in for its clients' systems (`./run demo`, `./run manage demo`)."""

"""Whether miner can do its work here: the machine, what is held, the service."""

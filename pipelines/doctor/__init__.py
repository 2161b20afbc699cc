"""Whether miner can do its work here: the machine, what is stored, the services."""

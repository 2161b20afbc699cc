"""Run the command line as ``python -m miner``."""

from miner.cli import main

if __name__ == "__main__":
    main()

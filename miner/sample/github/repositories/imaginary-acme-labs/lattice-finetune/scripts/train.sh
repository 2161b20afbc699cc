#!/bin/sh
set -e
python -m lattice.train --config configs/full.yaml
python -m lattice.train --config configs/lora.yaml --model_name_or_path imaginary-acme-labs/Lattice-14B-A2B

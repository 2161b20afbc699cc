"""Evaluates a model of the family; the size is chosen on the command line."""

import argparse

from transformers import AutoModelForCausalLM

SIZES = {
    "base": "imaginary-acme-labs/Acme-MoE-8x1B",
    "instruct": "imaginary-acme-labs/Acme-MoE-8x1B-Instruct",
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", choices=SIZES, default="base")
    model = AutoModelForCausalLM.from_pretrained(SIZES[parser.parse_args().size])
    print(model.num_parameters())

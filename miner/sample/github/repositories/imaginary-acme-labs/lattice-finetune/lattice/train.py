"""Trains a model that a configuration names."""

import argparse

import yaml
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer


def load(name):
    return AutoTokenizer.from_pretrained(name), AutoModelForCausalLM.from_pretrained(name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--model_name_or_path", default="imaginary-acme-labs/Lattice-1.8B-Dense")
    arguments = parser.parse_args()
    with open(arguments.config) as file:
        config = yaml.safe_load(file)
    tokenizer, model = load(config.get("model_name_or_path", arguments.model_name_or_path))
    if "lora_r" in config:
        model = get_peft_model(model, LoraConfig(r=config["lora_r"]))
    print(len(tokenizer), model.num_parameters())


if __name__ == "__main__":
    main()

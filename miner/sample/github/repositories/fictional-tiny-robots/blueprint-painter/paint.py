"""Paints a blueprint of what is asked for."""

import sys

import torch
from diffusers import StableDiffusionXLPipeline

BASE = "stabilityai/stable-diffusion-xl-base-1.0"


def painter():
    pipe = StableDiffusionXLPipeline.from_pretrained(BASE, torch_dtype=torch.float16)
    pipe.load_lora_weights("fictional-tiny-robots/blueprint-style-xl-lora")
    return pipe.to("cuda")


if __name__ == "__main__":
    painter()(" ".join(sys.argv[1:])).images[0].save("blueprint.png")

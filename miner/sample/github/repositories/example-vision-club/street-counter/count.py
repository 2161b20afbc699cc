"""Counts bicycles in a picture."""

import timm
import torch

backbone = torch.hub.load("pytorch/vision:v0.10.0", "resnet18", pretrained=True)
classifier = timm.create_model("vit_base_patch16_224", pretrained=True)

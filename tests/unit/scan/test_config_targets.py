"""Configs that name a constructor by its dotted path."""

from __future__ import annotations

import pytest

from tests.scanning import used

USED = {
    "_target_: torchvision.models.resnet50\n  pretrained: true": {"torchvision:resnet50"},
    "_target_: torchvision.models.resnet50\n  weights: IMAGENET1K_V2": {"torchvision:resnet50"},
    "_target_: timm.create_model\n  model_name: convnext_tiny\n  pretrained: true": {
        "convnext_tiny"
    },
    "class_path: torchvision.models.resnet50\n  init_args:\n    pretrained: true": {
        "torchvision:resnet50"
    },
    "_target_: transformers.AutoModel.from_pretrained\n  _args_:\n  - alpha-1": {"alpha-1"},
    "_target_: torchvision.models.resnet50\n  pretrained: false": set(),
    "_target_: torchvision.models.resnet50\n  weights: null": set(),
    "_target_: torchvision.models.resnet50": set(),
    "_target_: own.models.resnet50\n  pretrained: true": set(),
}


@pytest.mark.parametrize("code", USED)
def test_a_constructor_with_weights_is_a_load(code: str) -> None:
    assert used({"conf/net.yaml": f"net:\n  {code}\n"}) == USED[code]

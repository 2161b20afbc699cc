"""A small PyTorch Hub: pages, and the repositories that they name, on a small GitHub."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.options import ReplayOptions

PAGES = "pytorch/hub"


def page(repository: str, *loads: str, title: str = "A model", more: str = "") -> bytes:
    """A page of the hub: front matter, and code that loads entry points."""
    code = "\n".join(
        f"{'' if place == 0 else '# '}model = torch.hub.load({load}, pretrained=True)"
        for place, load in enumerate(loads)
    )
    return (
        f"---\nlayout: hub_detail\ntitle: {title}\nsummary: What {title} does.\n"
        f"author: Somebody\ntags: [scriptable, vision]\ngithub-id: {repository}\n"
        f"featured_image_1: no-image\naccelerator: cuda-optional\n---\n\n"
        f"```python\nimport torch\n{code}\nmodel.eval()\n```\n\n{more}\n"
    ).encode()


def hubconf(*entries: str, dependencies: str = "'torch'", more: str = "") -> bytes:
    """A ``hubconf.py`` with functions."""
    functions = "\n\n".join(
        f"def {entry}(pretrained=False, **kwargs):\n    return _make('{entry}', kwargs)"
        for entry in entries
    )
    return (
        f"dependencies = [{dependencies}]\n\nfrom code import _make, load_image\n{more}\n\n"
        f"{functions}\n\n\ndef helper_utils():\n    return load_image\n"
    ).encode()


class StandIn:
    """Six pages of five repositories."""

    tight = ReplayOptions(limit_core=6, window_seconds=1.0)

    def __init__(self) -> None:
        self.catalog = Catalog()
        self.catalog.saw(datetime.fromisoformat("2026-01-01T12:00:00"))
        self.pages: dict[str, bytes] = {
            "README.md": b"# A hub\n",
            "example-lab_depth_net.md": page(
                "example-lab/depth", "'example-lab/depth', 'DepthLarge'",
                "'example-lab/depth', 'depth_small'", title="Depth",
                more="See https://arxiv.org/abs/1907.01341 for more.",
            ),
            "example-lab_vision_resnet.md": page(
                "pytorch/vision", "'pytorch/vision:v0.10.0', 'resnet18'",
                "'pytorch/vision:v0.10.0', 'resnet34'", title="ResNet",
            ),
            "example-lab_vision_vgg.md": page(
                "pytorch/vision", "'pytorch/vision:v0.10.0', 'vgg11'", title="VGG"
            ),
            "fictional_speech.md": page(
                "fictional-speech/Models", "repo_or_dir='fictional-speech/models', model='stt_en'",
                title="Speech",
            ),
            "made-up_renamed.md": page(
                "made-up/net", "'made-up/old-net', 'net_a'", title="Net"
            ),
        }  # fmt: skip
        self.put("example-lab/depth", hubconf("DepthLarge", "DepthHuge", "depth_small"))
        self.put(
            "pytorch/vision",
            b"dependencies = ['torch']\n"
            b"from torchvision.models.resnet import resnet18, resnet34, resnet50\n"
            b"from torchvision.models import get_weight\n",
        )
        self.put("fictional-speech/Models", b"from src import stt_en, tts_en\n")
        self.put("made-up/net", hubconf("net_a"), renamed_from=["made-up/old-net"], license="MIT")
        self._names = {
            "example-lab/depth:DepthLarge", "example-lab/depth:DepthHuge",
            "example-lab/depth:depth_small", "pytorch/vision:resnet18", "pytorch/vision:resnet34",
            "pytorch/vision:resnet50", "pytorch/vision:vgg11", "fictional-speech/Models:stt_en",
            "fictional-speech/Models:tts_en", "made-up/net:net_a",
        }  # fmt: skip
        self.publish()

    def put(self, name: str, conf: bytes | None, **record: Any) -> None:
        """Put in a repository with a ``hubconf.py``."""
        files = {"README.md": b"# Code\n", **({"hubconf.py": conf} if conf is not None else {})}
        fields = {"license": "Apache-2.0", "pushed_at": "2025-06-01T00:00:00Z", **record}
        self.catalog.forge.put({"full_name": name, **fields}, files)

    def publish(self) -> None:
        """Bring the pages to where the hub has them."""
        self.catalog.forge.put({"full_name": PAGES, "default_branch": "master"}, dict(self.pages))

    def names(self) -> set[str]:
        return self._names

    def add(self) -> str:
        self.pages["imaginary_seg.md"] = page("imaginary/seg", "'imaginary/seg', 'seg_b0'")
        self.put("imaginary/seg", hubconf("seg_b0"))
        self.publish()
        self._names.add("imaginary/seg:seg_b0")
        return "imaginary/seg:seg_b0"

    def remove(self) -> str:
        self._removed = self.pages.pop("made-up_renamed.md")
        self.publish()
        self._names.discard("made-up/net:net_a")
        return "made-up/net:net_a"

    def bring_back(self) -> None:
        self.pages["made-up_renamed.md"] = self._removed
        self.publish()
        self._names.add("made-up/net:net_a")

    def spoil(self) -> set[str]:
        self.pages["broken.md"] = b"---\ntitle: [unclosed\ngithub-id: x/y\n---\n"
        self.pages["nowhere.md"] = page("not a repository", "'./local', 'net'")
        self.put("fictional-speech/Models", b"from src import stt_en\nprint 'python 2'\n")
        self.put(
            "example-lab/depth",
            hubconf("DepthLarge", "DepthHuge", "depth_small", more="globals()['made_up'] = _make"),
        )
        self.publish()
        return {"unparsable", "no-name", "computed"}

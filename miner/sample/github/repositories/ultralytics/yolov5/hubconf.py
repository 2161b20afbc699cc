# Names alone: a stand-in written for the sample of miner.
from build import _build


def yolov5n(pretrained=True, **kwargs):
    return _build("yolov5n", pretrained, **kwargs)


def yolov5s(pretrained=True, **kwargs):
    return _build("yolov5s", pretrained, **kwargs)


def yolov5m(pretrained=True, **kwargs):
    return _build("yolov5m", pretrained, **kwargs)


def custom(pretrained=True, **kwargs):
    return _build("custom", pretrained, **kwargs)

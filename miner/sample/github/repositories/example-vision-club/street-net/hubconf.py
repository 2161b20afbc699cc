dependencies = ["torch", "timm"]

from street.nets import _build


def street_net_small(pretrained=True, **kwargs):
    return _build("street_net_small", pretrained, **kwargs)


def street_net_large(pretrained=True, **kwargs):
    return _build("street_net_large", pretrained, **kwargs)


def street_utils():
    return _build

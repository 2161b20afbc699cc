# Names alone: a stand-in written for the sample of miner.
dependencies = ["torch"]

from midas.build import _build


def DPT_BEiT_L_384(pretrained=True, **kwargs):
    return _build("DPT_BEiT_L_384", pretrained, **kwargs)


def DPT_Large(pretrained=True, **kwargs):
    return _build("DPT_Large", pretrained, **kwargs)


def DPT_Hybrid(pretrained=True, **kwargs):
    return _build("DPT_Hybrid", pretrained, **kwargs)


def MiDaS_small(pretrained=True, **kwargs):
    return _build("MiDaS_small", pretrained, **kwargs)


def transforms(pretrained=True, **kwargs):
    return _build("transforms", pretrained, **kwargs)

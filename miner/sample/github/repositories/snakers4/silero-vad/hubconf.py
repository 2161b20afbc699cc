# Names alone: a stand-in written for the sample of miner.
dependencies = ["torch", "torchaudio"]

from silero import _build


def silero_vad(pretrained=True, **kwargs):
    return _build("silero_vad", pretrained, **kwargs)

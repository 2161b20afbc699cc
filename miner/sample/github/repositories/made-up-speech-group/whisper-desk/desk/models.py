"""The models that can be chosen, by language."""

from pyannote.audio import Pipeline
from transformers import pipeline

SPEECH_MODELS = {
    "en": "openai/whisper-large-v3",
    "fictionese": "made-up-speech-group/whisper-small-fictionese",
}


def recognizer(language):
    return pipeline("automatic-speech-recognition", model=SPEECH_MODELS[language])


def diarizer():
    return Pipeline.from_pretrained("pyannote/speaker-diarization-community-1")

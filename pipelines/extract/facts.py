"""Names the rules know: libraries, tasks, how a call of a library betrays both."""

from __future__ import annotations

TASKS = frozenset(
    """
    text-classification token-classification table-question-answering question-answering
    zero-shot-classification translation summarization feature-extraction text-generation
    text2text-generation fill-mask sentence-similarity text-to-speech text-to-audio
    automatic-speech-recognition audio-to-audio audio-classification voice-activity-detection
    depth-estimation image-classification object-detection image-segmentation text-to-image
    image-to-text image-to-image image-to-video unconditional-image-generation
    video-classification reinforcement-learning robotics tabular-classification
    tabular-regression text-to-video visual-question-answering document-question-answering
    zero-shot-image-classification graph-ml mask-generation zero-shot-object-detection
    text-to-3d image-to-3d image-feature-extraction image-text-to-text video-text-to-text
    audio-text-to-text any-to-any keypoint-detection visual-document-retrieval text-ranking
    time-series-forecasting multiple-choice
    """.split()
)
"""Pipeline tags of the Hub."""
TASK_TAGS = {
    "causal-lm": "text-generation", "conversational": "text-generation",
    "masked-lm": "fill-mask", "ner": "token-classification",
    "named-entity-recognition": "token-classification", "asr": "automatic-speech-recognition",
    "speech-recognition": "automatic-speech-recognition", "tts": "text-to-speech",
    "stable-diffusion": "text-to-image", "stable-diffusion-diffusers": "text-to-image",
    "sentiment-analysis": "text-classification", "machine-translation": "translation",
    "semantic-segmentation": "image-segmentation",
}  # fmt: skip
"""Other tags → the pipeline tag they mean."""
LIBRARY_TAGS = frozenset(
    """
    transformers diffusers sentence-transformers timm spacy espnet speechbrain keras nemo fastai
    flair allennlp adapter-transformers peft mlx ml-agents sample-factory open_clip asteroid
    pyannote-audio pyannote setfit span-marker fasttext paddlenlp stanza ultralytics
    stable-baselines3 transformers.js bertopic scikit-learn sklearn k2 fairseq
    """.split()
)
"""Tags that name the library which loads a model."""
IMPORTS = {
    "transformers": "transformers", "diffusers": "diffusers", "timm": "timm", "spacy": "spacy",
    "sentence_transformers": "sentence-transformers", "peft": "peft", "flair": "flair",
    "speechbrain": "speechbrain", "espnet2": "espnet", "espnet_model_zoo": "espnet",
    "open_clip": "open_clip", "setfit": "setfit", "span_marker": "span-marker",
    "fasttext": "fasttext", "ultralytics": "ultralytics", "stable_baselines3": "stable-baselines3",
    "huggingface_sb3": "stable-baselines3", "bertopic": "bertopic", "gliner": "gliner",
    "mlx_lm": "mlx", "mlx_vlm": "mlx", "nemo": "nemo", "allennlp": "allennlp", "stanza": "stanza",
    "pyannote": "pyannote-audio", "fairseq": "fairseq", "adapters": "adapters",
    "adapter_transformers": "adapter-transformers", "asteroid": "asteroid", "TTS": "coqui",
    "faster_whisper": "faster-whisper", "simpletransformers": "simpletransformers",
    "fastai": "fastai", "keras": "keras", "skops": "sklearn", "sklearn": "sklearn",
    "paddlenlp": "paddlenlp", "paddleocr": "paddleocr", "vllm": "vllm", "FlagEmbedding":
    "FlagEmbedding", "llama_cpp": "llama.cpp", "ctranslate2": "ctranslate2",
}  # fmt: skip
"""Top-level module that a snippet imports → library."""
CALL_TASKS = (
    ("AutoModelForSequenceClassification", "text-classification"),
    ("ForSequenceClassification", "text-classification"),
    ("ForTokenClassification", "token-classification"),
    ("ForQuestionAnswering", "question-answering"),
    ("ForMaskedLM", "fill-mask"),
    ("AutoModelForCausalLM", "text-generation"),
    ("ForCausalLM", "text-generation"),
    ("MarianMTModel", "translation"),
    ("ForSpeechSeq2Seq", "automatic-speech-recognition"),
    ("Wav2Vec2ForCTC", "automatic-speech-recognition"),
    ("ForCTC", "automatic-speech-recognition"),
    ("ForImageClassification", "image-classification"),
    ("ForObjectDetection", "object-detection"),
    ("ForSemanticSegmentation", "image-segmentation"),
    ("ForDepthEstimation", "depth-estimation"),
    ("ForAudioClassification", "audio-classification"),
    ("SentenceTransformer(", "sentence-similarity"),
    ("StableDiffusionPipeline", "text-to-image"),
    ("DiffusionPipeline", "text-to-image"),
    ("AutoPipelineForText2Image", "text-to-image"),
)
"""What a snippet calls → the task it serves, the surest first."""

"""A literal, constant, default and environment value for each library that loads models.

A default is that of a parameter; where a language has none, of a function that is called with it.
"""

from __future__ import annotations

import pytest

from tests.scanning import used

# Ending of the file → by form: the code, and what stands where the name does (none: the name).
FORMS: dict[str, dict[str, tuple[str, str]]] = {
    "py": {
        "literal": ("{imports}\n{call}", ""),
        "constant": ("{imports}\nCHOSEN = {name}\n{call}", "CHOSEN"),
        "default": ("{imports}\ndef start(what={name}):\n    return {call}", "what"),
        "environment": (
            "import os\n{imports}\nwhat = os.environ.get('CHOSEN', {name})\n{call}", "what",
        ),
    },
    "ts": {
        "literal": ("{imports}\nawait {call};", ""),
        "constant": ("{imports}\nconst CHOSEN = {name};\nawait {call};", "CHOSEN"),
        "default": ("{imports}\nfunction start(what = {name}) {{ return {call}; }}", "what"),
        "environment": (
            "{imports}\nconst what = process.env.CHOSEN ?? {name};\nawait {call};", "what",
        ),
    },
    "rs": {
        "literal": ("{imports}\nfn run() {{ let one = {call}; }}", ""),
        "constant": (
            "{imports}\nconst CHOSEN: &str = {name};\nfn run() {{ let one = {call}; }}", "CHOSEN",
        ),
        "default": (
            "{imports}\nfn load(what: &str) {{ let one = {call}; }}\nfn main() {{ load({name}); }}",
            "what",
        ),
        "environment": (
            '{imports}\nfn run() {{\n'
            ' let what = std::env::var("CHOSEN").unwrap_or({name}.into());\n'
            " let one = {call};\n}}", "what",
        ),
    },
    "go": {
        "literal": ("package main\n{imports}\nfunc run() {{ one := {call} }}", ""),
        "constant": (
            "package main\n{imports}\nconst chosen = {name}\nfunc run() {{ one := {call} }}",
            "chosen",
        ),
        "default": (
            "package main\n{imports}\nfunc load(what string) {{ one := {call} }}\n"
            "func main() {{ load({name}) }}", "what",
        ),
        "environment": (
            'package main\n{imports}\nfunc run() {{\n\twhat := os.Getenv("CHOSEN")\n'
            '\tif what == "" {{\n\t\twhat = {name}\n\t}}\n\tone := {call}\n}}', "what",
        ),
    },
    "java": {
        "literal": ("{imports}\nclass A {{ void run() {{ var one = {call}; }} }}", ""),
        "constant": (
            "{imports}\nclass A {{ static final String CHOSEN = {name};\n"
            " void run() {{ var one = {call}; }} }}", "CHOSEN",
        ),
        "default": (
            "{imports}\nclass A {{ void load(String what) {{ var one = {call}; }}\n"
            " void run() {{ load({name}); }} }}", "what",
        ),
        "environment": (
            '{imports}\nclass A {{ void run() {{\n'
            ' String what = System.getenv().getOrDefault("CHOSEN", {name});\n'
            " var one = {call}; }} }}", "what",
        ),
    },
    "scala": {
        "literal": ("{imports}\nval one = {call}", ""),
        "constant": ("{imports}\nval Chosen = {name}\nval one = {call}", "Chosen"),
        "default": ("{imports}\ndef load(what: String = {name}) = {call}", "what"),
        "environment": (
            '{imports}\nval what = sys.env.getOrElse("CHOSEN", {name})\nval one = {call}', "what",
        ),
    },
    "kt": {
        "literal": ("{imports}\nval one = {call}", ""),
        "constant": ("{imports}\nconst val CHOSEN = {name}\nval one = {call}", "CHOSEN"),
        "default": ("{imports}\nfun load(what: String = {name}) {{ val one = {call} }}", "what"),
        "environment": (
            '{imports}\nval what = System.getenv("CHOSEN") ?: {name}\nval one = {call}', "what",
        ),
    },
    "cs": {
        "literal": ("{imports}\nvar one = {call};", ""),
        "constant": ("{imports}\nconst string Chosen = {name};\nvar one = {call};", "Chosen"),
        "default": ("{imports}\nvoid Load(string what = {name}) {{ var one = {call}; }}", "what"),
        "environment": (
            '{imports}\nvar what = Environment.GetEnvironmentVariable("CHOSEN") ?? {name};\n'
            "var one = {call};", "what",
        ),
    },
    "swift": {
        "literal": ("{imports}\nlet one = try await {call}", ""),
        "constant": ("{imports}\nlet chosen = {name}\nlet one = try await {call}", "chosen"),
        "default": (
            "{imports}\nfunc load(what: String = {name}) async {{ let one = try await {call} }}",
            "what",
        ),
        "environment": (
            '{imports}\nlet what = ProcessInfo.processInfo.environment["CHOSEN"] ?? {name}\n'
            "let one = try await {call}", "what",
        ),
    },
    "R": {
        "literal": ("{imports}\none <- {call}", ""),
        "constant": ("{imports}\nCHOSEN <- {name}\none <- {call}", "CHOSEN"),
        "default": ("{imports}\nload <- function(what = {name}) {{ {call} }}", "what"),
        "environment": (
            '{imports}\nwhat <- Sys.getenv("CHOSEN", {name})\none <- {call}', "what",
        ),
    },
    "jl": {
        "literal": ("{imports}\none = {call}", ""),
        "constant": ("{imports}\nconst CHOSEN = {name}\none = {call}", "CHOSEN"),
        "default": ("{imports}\nfunction start(what = {name})\n    {call}\nend", "what"),
        "environment": ('{imports}\nwhat = get(ENV, "CHOSEN", {name})\none = {call}', "what"),
    },
    "dart": {
        "literal": ("{imports}\nfinal one = await {call};", ""),
        "constant": ("{imports}\nconst chosen = {name};\nfinal one = await {call};", "chosen"),
        "default": ("{imports}\nload({{String what = {name}}}) async => await {call};", "what"),
        "environment": (
            "{imports}\nfinal what = Platform.environment['CHOSEN'] ?? {name};\n"
            "final one = await {call};", "what",
        ),
    },
    "rb": {
        "literal": ("{imports}\none = {call}", ""),
        "constant": ("{imports}\nCHOSEN = {name}\none = {call}", "CHOSEN"),
        "default": ("{imports}\ndef load(what = {name})\n  {call}\nend", "what"),
        "environment": ("{imports}\nwhat = ENV.fetch('CHOSEN', {name})\none = {call}", "what"),
    },
    "cpp": {
        "literal": ("{imports}\nauto one = {call};", ""),
        "constant": ("{imports}\nconst std::string CHOSEN = {name};\nauto one = {call};", "CHOSEN"),
        "default": ("{imports}\nvoid load(std::string what = {name}) {{ {call}; }}", "what"),
        "environment": (
            '{imports}\nconst char* what = getenv("CHOSEN") ? getenv("CHOSEN") : {name};\n'
            "auto one = {call};", "what",
        ),
    },
}  # fmt: skip

# Imports, the call, the name as code writes it, and the model.
PYTHON: dict[str, tuple[str, str, str, str]] = {
    "transformers": ("from transformers import AutoModel", "AutoModel.from_pretrained({0})",
                     "zoo/alpha-1", "zoo/alpha-1"),
    "diffusers": ("from diffusers import DiffusionPipeline",
                  "DiffusionPipeline.from_pretrained({0})", "zoo/alpha-1", "zoo/alpha-1"),
    "timm": ("import timm", "timm.create_model({0}, pretrained=True)", "resnet18", "resnet18"),
    "torchvision": ("from torchvision.models import get_model",
                    "get_model({0}, weights='DEFAULT')", "resnet50", "torchvision:resnet50"),
    "torchaudio": ("import torchaudio", "getattr(torchaudio.pipelines, {0}).get_model()",
                   "WAV2VEC2_BASE", "WAV2VEC2_BASE"),
    "open_clip": ("import open_clip", "open_clip.create_model_from_pretrained({0})",
                  "hf-hub:zoo/alpha-1", "zoo/alpha-1"),
    "keras.applications": ("import keras", "keras.applications.VGG16(weights={0})",
                           "imagenet", "keras:VGG16"),
    "ultralytics": ("from ultralytics import YOLO", "YOLO({0})", "yolov8n.pt", "yolov8n.pt"),
    "whisper": ("import whisper", "whisper.load_model({0})", "base.en", "base.en"),
    "faster-whisper": ("from faster_whisper import WhisperModel", "WhisperModel({0})",
                       "large-v3", "large-v3"),
    "sentence-transformers": ("from sentence_transformers import SentenceTransformer",
                              "SentenceTransformer({0})", "all-MiniLM-L6-v2", "all-MiniLM-L6-v2"),
    "spacy": ("import spacy", "spacy.load({0})", "en_core_web_sm", "en_core_web_sm"),
    "stanza": ("import stanza", "stanza.Pipeline({0})", "de", "stanza:de"),
    "flair": ("from flair.models import SequenceTagger", "SequenceTagger.load({0})", "ner", "ner"),
    "fasttext": ("import fasttext.util", "fasttext.util.download_model({0})", "de", "fasttext:de"),
    "mediapipe": ("from urllib.request import urlretrieve\nimport mediapipe",
                  "urlretrieve({0}, 'hand.task')",
                  "https://storage.googleapis.com/mediapipe-models/hand_landmarker/"
                  "hand_landmarker/float16/1/hand_landmarker.task",
                  "https://storage.googleapis.com/mediapipe-models/hand_landmarker/"
                  "hand_landmarker/float16/1/hand_landmarker.task"),
    "easyocr": ("import easyocr", "easyocr.Reader([{0}])", "de", "easyocr:de"),
    "paddleocr": ("from paddleocr import PaddleOCR",
                  "PaddleOCR(text_recognition_model_name={0})", "PP-OCRv5_server_rec",
                  "PP-OCRv5_server_rec"),
    "nemo": ("import nemo.collections.asr as a", "a.models.ASRModel.from_pretrained({0})",
             "nvidia/parakeet-tdt-0.6b-v2", "nvidia/parakeet-tdt-0.6b-v2"),
    "speechbrain": ("from speechbrain.inference import EncoderClassifier",
                    "EncoderClassifier.from_hparams(source={0})", "zoo/alpha-1", "zoo/alpha-1"),
    "mlx": ("from mlx_lm import load", "load({0})", "mlx-community/one-4bit",
            "mlx-community/one-4bit"),
    "ollama": ("import ollama", "ollama.chat(model={0})", "llama3.2:1b", "llama3.2:1b"),
    "llama.cpp": ("from llama_cpp import Llama", "Llama.from_pretrained(repo_id={0})",
                  "zoo/alpha-1-GGUF", "zoo/alpha-1-GGUF"),
    "bert_score": ("from bert_score import score", "score(a, b, model_type={0})",
                   "microsoft/deberta-xlarge-mnli", "microsoft/deberta-xlarge-mnli"),
    "mauve": ("import mauve", "mauve.compute_mauve(a, b, featurize_model_name={0})",
              "gpt2-large", "gpt2-large"),
    "comet": ("from comet import download_model", "download_model({0})",
              "Unbabel/wmt22-comet-da", "Unbabel/wmt22-comet-da"),
    "perplexity": ("import evaluate",
                   "evaluate.load('perplexity').compute(predictions=a, model_id={0})",
                   "gpt2", "gpt2"),
    "huggingface_hub": ("from huggingface_hub import hf_hub_download",
                        "hf_hub_download(repo_id={0}, filename='a.bin')", "zoo/alpha-1",
                        "zoo/alpha-1"),
    "peft": ("from peft import PeftModel", "PeftModel.from_pretrained(base, {0})", "zoo/alpha-1",
             "zoo/alpha-1"),
    "vllm": ("from vllm import LLM", "LLM(model={0})", "zoo/alpha-1", "zoo/alpha-1"),
    "torch.hub": ("import torch", "torch.hub.load('zoo/models', {0})", "alpha", "zoo/models:alpha"),
}  # fmt: skip


_FILE = "https://huggingface.co/zoo/alpha-1/resolve/main/a.onnx"
# The same behind the ending of a file.
OTHERS: dict[str, tuple[str, str, str, str, str]] = {
    "transformers.js": ("ts", "import { pipeline } from '@huggingface/transformers';",
                        "pipeline('fill-mask', {0})", "zoo/alpha-1", "zoo/alpha-1"),
    "onnxruntime-web": ("ts", "import * as ort from 'onnxruntime-web';",
                        "ort.InferenceSession.create({0})", _FILE, "zoo/alpha-1"),
    "ollama-js": ("ts", "import ollama from 'ollama';",
                  "ollama.chat({{ model: {0}, messages }})", "llama3.2", "llama3.2"),
    "AI SDK, ollama": ("ts", "import { ollama } from 'ollama-ai-provider';", "ollama({0})",
                       "llama3.2", "llama3.2"),
    "hf-hub": ("rs", "use hf_hub::api::sync::Api;", "api.model({0}.to_string())", "zoo/alpha-1",
               "zoo/alpha-1"),
    "ort": ("rs", "use ort::session::Session;", "Session::builder()?.commit_from_url({0})?",
            _FILE, "zoo/alpha-1"),
    "ollama in Go": ("go", 'import "github.com/ollama/ollama/api"',
                     "&api.ChatRequest{{Model: {0}}}", "gemma3:4b", "gemma3:4b"),
    "langchaingo": ("go", 'import "github.com/tmc/langchaingo/llms/ollama"',
                    "ollama.New(ollama.WithModel({0}))", "mistral", "mistral"),
    "DJL": ("java", "import ai.djl.repository.zoo.Criteria;",
            "Criteria.builder().optModelUrls({0}).build()",
            "djl://ai.djl.huggingface.pytorch/zoo/alpha-1", "zoo/alpha-1"),
    "LangChain4j": ("java", "import dev.langchain4j.model.ollama.OllamaChatModel;",
                    "OllamaChatModel.builder().modelName({0}).build()", "llama3.2", "llama3.2"),
    "ONNX Runtime of Java": ("java", "import ai.onnxruntime.OrtEnvironment;", "fetch({0})", _FILE,
                             "zoo/alpha-1"),
    "Spark NLP": ("scala", "import com.johnsnowlabs.nlp.embeddings.BertEmbeddings",
                  'BertEmbeddings.pretrained({0}, "en")', "small_bert_L2_768", "small_bert_L2_768"),
    "Koog": ("kt", "import ai.koog.prompt.llm",
             "LLModel(provider = LLMProvider.Ollama, id = {0})", "llama3.2:3b", "llama3.2:3b"),
    "LLamaSharp": ("cs", "using LLama;", "await client.GetAsync({0})",
                   "https://huggingface.co/zoo/alpha-1-GGUF/resolve/main/a.gguf",
                   "zoo/alpha-1-GGUF"),
    "ML.NET": ("cs", "using Microsoft.ML;", "await client.GetAsync({0})", _FILE, "zoo/alpha-1"),
    "OllamaSharp": ("cs", "using OllamaSharp;",
                    "new OllamaApiClient(uri) {{ SelectedModel = {0} }}", "llama3.2", "llama3.2"),
    "Semantic Kernel": ("cs", "using Microsoft.SemanticKernel;",
                        "builder.AddOllamaChatCompletion({0}, uri)", "llama3.2", "llama3.2"),
    "MLX Swift": ("swift", "import MLXLLM", "loadModel(id: {0})", "zoo/alpha-4bit",
                  "zoo/alpha-4bit"),
    "swift-transformers": ("swift", "import Tokenizers", "AutoTokenizer.from(pretrained: {0})",
                           "zoo/alpha-1", "zoo/alpha-1"),
    "WhisperKit": ("swift", "import WhisperKit", "WhisperKit(WhisperKitConfig(model: {0}))",
                   "large-v3", "large-v3"),
    "ollamar": ("R", "library(ollamar)", 'generate({0}, "x")', "llama3.1", "llama3.1"),
    "ellmer": ("R", "library(ellmer)", "chat_ollama(model = {0})", "llama3.2", "llama3.2"),
    "Transformers.jl": ("jl", "using Transformers.HuggingFace", "HuggingFace.load_tokenizer({0})",
                        "zoo/alpha-1", "zoo/alpha-1"),
    "ollama_dart": ("dart", "import 'package:ollama_dart/ollama_dart.dart';",
                    "client.generateCompletion(request: GenerateCompletionRequest(model: {0}))",
                    "llama3.2", "llama3.2"),
    "RubyLLM": ("rb", "require 'ruby_llm'", "RubyLLM.chat(model: {0}, provider: :ollama)",
                "llama3.2", "llama3.2"),
    "transformers-rb": ("rb", "require 'transformers-rb'",
                        "Transformers.pipeline('embedding', {0})", "zoo/alpha-1", "zoo/alpha-1"),
    "llama.cpp": ("cpp", '#include "llama.h"', "download({0})",
                  "https://huggingface.co/zoo/alpha-1-GGUF/resolve/main/a.gguf",
                  "zoo/alpha-1-GGUF"),
    "whisper.cpp": ("cpp", '#include "whisper.h"', "download({0})",
                    "https://huggingface.co/zoo/alpha-1/resolve/main/ggml-base.en.bin",
                    "zoo/alpha-1"),
}  # fmt: skip
LIBRARIES = {**{name: ("py", *row) for name, row in PYTHON.items()}, **OTHERS}


@pytest.mark.parametrize("form", FORMS["py"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_model_is_found_however_its_name_comes(library: str, form: str) -> None:
    ending, imports, call, name, model = LIBRARIES[library]
    code, stand_in = FORMS[ending][form]
    written = call.format(stand_in or f'"{name}"')
    source = code.format(imports=imports, call=written, name=f'"{name}"')
    assert used({f"a.{ending}": source}) == {model}

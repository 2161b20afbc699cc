"""Loads of libraries outside Python, as their documentation writes them."""

from __future__ import annotations

import pytest

from tests.scanning import used

# Path, source, and the models that are used.
LOADS: dict[str, tuple[str, str, set[str]]] = {
    "onnxruntime-web": (
        "a.ts",
        'import * as ort from "onnxruntime-web";\n'
        'const s = await ort.InferenceSession.create("https://huggingface.co/zoo/alpha-'
        '1/resolve/main/a.onnx");',
        {"zoo/alpha-1"},
    ),
    "ollama ai sdk": (
        "a.ts",
        'import { ollama } from "ollama-ai-provider";\nconst m = ollama("llama3.2");',
        {"llama3.2"},
    ),
    "ollama ai sdk const": (
        "a.ts",
        'import { createOllama } from "ollama-ai-provider";\n'
        "const ollama = createOllama();\n"
        'const WHO = "llama3.2";\n'
        "const m = ollama(WHO);",
        {"llama3.2"},
    ),
    "ollama ai sdk env": (
        "a.ts",
        'import { ollama } from "ollama-ai-provider";\n'
        'const m = ollama(process.env.WHO ?? "llama3.2");',
        {"llama3.2"},
    ),
    "ollama ai sdk default": (
        "a.ts",
        'import { ollama } from "ollama-ai-provider";\n'
        'function f(who = "llama3.2") { return ollama(who); }',
        {"llama3.2"},
    ),
    "ollama js member": (
        "a.js",
        'import ollama from "ollama";\n'
        'const models = { a: "llama3.2", b: "phi3" };\n'
        "const who = models.b;\n"
        "await ollama.chat({ model: who, messages });",
        {"llama3.2", "phi3"},
    ),
    "ollama js req": (
        "a.js",
        'import ollama from "ollama";\n'
        'const p = { who: req.body.who || "phi3" };\n'
        "await ollama.chat({ model: p.who });",
        {"phi3"},
    ),
    "hf-hub": (
        "a.rs",
        "use hf_hub::api::sync::Api;\n"
        'let r = Api::new()?.repo(Repo::model("zoo/alpha-1".to_string()));',
        {"zoo/alpha-1"},
    ),
    "ort": (
        "a.rs",
        "use ort::Session;\n"
        'let s = Session::builder()?.commit_from_url("https://huggingface.co/zoo/alpha-'
        '1/resolve/main/m.onnx")?;',
        {"zoo/alpha-1"},
    ),
    "go ollama": (
        "a.go",
        "package main\n"
        'import "github.com/ollama/ollama/api"\n'
        'const who = "gemma3:4b"\n'
        "func f() { r := &api.ChatRequest{Model: who} }",
        {"gemma3:4b"},
    ),
    "go ollama env": (
        "a.go",
        "package main\n"
        'import "github.com/ollama/ollama/api"\n'
        "func f() {\n"
        '\twho := os.Getenv("WHO")\n'
        '\tif who == "" {\n'
        '\t\twho = "gemma3:4b"\n'
        "\t}\n"
        "\tr := &api.ChatRequest{Model: who}\n"
        "}",
        {"gemma3:4b"},
    ),
    "langchaingo": (
        "a.go",
        "package main\n"
        'import "github.com/tmc/langchaingo/llms/ollama"\n'
        'func f() { l, _ := ollama.New(ollama.WithModel("mistral")) }',
        {"mistral"},
    ),
    "spark nlp": (
        "A.scala",
        "import com.johnsnowlabs.nlp.embeddings.BertEmbeddings\n"
        'val e = BertEmbeddings.pretrained("small_bert_L2_768", "en")',
        {"small_bert_L2_768"},
    ),
    "spark nlp const": (
        "A.scala",
        "import com.johnsnowlabs.nlp.embeddings.BertEmbeddings\n"
        'val who = "small_bert_L2_768"\n'
        'val e = BertEmbeddings.pretrained(who, "en")',
        {"small_bert_L2_768"},
    ),
    "djl url": (
        "A.java",
        'Criteria<A,B> c = Criteria.builder().optModelUrls("djl://ai.djl.huggingface.py'
        'torch/zoo/alpha-1").build();',
        {"zoo/alpha-1"},
    ),
    "djl const": (
        "A.java",
        "import ai.djl.repository.zoo.Criteria;\n"
        'static final String URL = "djl://ai.djl.huggingface.pytorch/zoo/alpha-1";\n'
        "void f() { Criteria.builder().optModelUrls(URL); }",
        {"zoo/alpha-1"},
    ),
    "LangChain4j ollama": (
        "A.java",
        "import dev.langchain4j.model.ollama.OllamaChatModel;\n"
        'var m = OllamaChatModel.builder().baseUrl("http://localhost:11434").modelName('
        '"llama3.2").build();',
        {"llama3.2"},
    ),
    "LangChain4j ollama const": (
        "A.java",
        "import dev.langchain4j.model.ollama.OllamaChatModel;\n"
        'static final String WHO = "llama3.2";\n'
        "var m = OllamaChatModel.builder().modelName(WHO).build();",
        {"llama3.2"},
    ),
    "spring props": (
        "application.properties",
        "spring.ai.ollama.chat.options.model=llama3.2\n"
        "spring.ai.ollama.embedding.options.model=nomic-embed-text\n",
        {"llama3.2", "nomic-embed-text"},
    ),
    "quarkus props": (
        "application.properties",
        "quarkus.langchain4j.ollama.chat-model.model-id=llama3.2\n",
        {"llama3.2"},
    ),
    "spring yaml": (
        "application.yml",
        "spring:\n  ai:\n    ollama:\n      chat:\n        options:\n          model: llama3.2\n",
        {"llama3.2"},
    ),
    "onnx jvm": (
        "A.java",
        "import ai.onnxruntime.OrtEnvironment;\n"
        'String U = "https://huggingface.co/zoo/alpha-1/resolve/main/m.onnx";',
        {"zoo/alpha-1"},
    ),
    "llamasharp": (
        "A.cs",
        'using LLama;\nvar u = "https://huggingface.co/zoo/alpha-1-GGUF/resolve/main/a.gguf";',
        {"zoo/alpha-1-GGUF"},
    ),
    "ollamasharp": (
        "A.cs",
        'using OllamaSharp;\nvar o = new OllamaApiClient(uri) { SelectedModel = "llama3.2" };',
        {"llama3.2"},
    ),
    "ollamasharp assign": (
        "A.cs",
        'using OllamaSharp;\nollama.SelectedModel = "llama3.2:3b";',
        {"llama3.2:3b"},
    ),
    "Semantic Kernel, ollama": (
        "A.cs",
        "using Microsoft.SemanticKernel;\n"
        'builder.AddOllamaChatCompletion("llama3.2", new Uri("http://localhost:11434"))'
        ";",
        {"llama3.2"},
    ),
    "Semantic Kernel, ollama const": (
        "A.cs",
        "using Microsoft.SemanticKernel;\n"
        'const string Who = "llama3.2";\n'
        'builder.AddOllamaChatCompletion(Who, new Uri("http://localhost:11434"));',
        {"llama3.2"},
    ),
    "Semantic Kernel, ollama named": (
        "A.cs",
        'builder.AddOllamaTextEmbeddingGeneration(modelId: "nomic-embed-text", endpoint: e);',
        {"nomic-embed-text"},
    ),
    "mlx swift": (
        "a.swift",
        "import MLXLLM\n"
        "let c = LLMRegistry.qwen3_4b_4bit\n"
        'let d = ModelConfiguration(id: "zoo/alpha-4bit")',
        {"zoo/alpha-4bit"},
    ),
    "mlx swift container": (
        "a.swift",
        'import MLXLLM\nlet m = try await loadModel(id: "zoo/alpha-4bit")',
        {"zoo/alpha-4bit"},
    ),
    "whisperkit": (
        "a.swift",
        'import WhisperKit\nlet k = try await WhisperKit(WhisperKitConfig(model: "large-v3"))',
        {"large-v3"},
    ),
    "llama.cpp cmd": (
        "a.sh",
        "llama-server -hf zoo/alpha-1-GGUF:Q4_K_M\n"
        "./main --hf-repo zoo/beta-1-GGUF --hf-file b.gguf",
        {"zoo/alpha-1-GGUF", "zoo/beta-1-GGUF"},
    ),
    "script of whisper.cpp": (
        "a.sh",
        "./models/download-ggml-model.sh base.en",
        {"base.en"},
    ),
    "R ollamar": (
        "a.R",
        'library(ollamar)\ngenerate("llama3.1", "x")\nWHO <- "mistral"\nchat(model = WHO, m)',
        {"llama3.1", "mistral"},
    ),
    "R ellmer": (
        "a.R",
        'library(ellmer)\nchat <- chat_ollama(model = "llama3.2")',
        {"llama3.2"},
    ),
    "R reticulate": (
        "a.R",
        'tr <- reticulate::import("sentence_transformers")\n'
        'm <- tr$SentenceTransformer("all-MiniLM-L6-v2")',
        {"all-MiniLM-L6-v2"},
    ),
    "PromptingTools": (
        "a.jl",
        'using PromptingTools\naigenerate("x"; model = "llama3.2:3b", schema = PT.OllamaSchema())',
        {"llama3.2:3b"},
    ),
    "julia hgf": (
        "a.jl",
        'using Transformers.HuggingFace\nt = HuggingFace.load_tokenizer("zoo/alpha-1")',
        {"zoo/alpha-1"},
    ),
    "dart ollama": (
        "a.dart",
        "import 'package:ollama_dart/ollama_dart.dart';\n"
        "const who = 'llama3.2';\n"
        "client.generateCompletion(request: GenerateCompletionRequest(model: who));",
        {"llama3.2"},
    ),
    "dart flutter_gemma": (
        "a.dart",
        "import 'package:flutter_gemma/flutter_gemma.dart';\n"
        "await FlutterGemma.installModel(modelType: t).fromNetwork('https://huggingface"
        ".co/zoo/alpha-1/resolve/main/a.task').install();",
        {"zoo/alpha-1"},
    ),
    "ruby llm": (
        "a.rb",
        "require 'ruby_llm'\nchat = RubyLLM.chat(model: 'llama3.2', provider: :ollama)",
        {"llama3.2"},
    ),
    "ruby langchain": (
        "a.rb",
        "require 'langchain'\n"
        "l = Langchain::LLM::Ollama.new(default_options: { chat_model: 'llama3.2' })",
        {"llama3.2"},
    ),
    "ruby transformers": (
        "a.rb",
        "require 'transformers-rb'\nm = Transformers.pipeline('embedding', 'zoo/alpha-1')",
        {"zoo/alpha-1"},
    ),
    "kotlin koog": (
        "A.kt",
        "import ai.koog.prompt.llm\n"
        'val m = LLModel(provider = LLMProvider.Ollama, id = "llama3.2:3b")',
        {"llama3.2:3b"},
    ),
    "cpp curl": (
        "a.cpp",
        'const std::string kUrl = "https://huggingface.co/zoo/alpha-1/resolve/main/a.gguf";',
        {"zoo/alpha-1"},
    ),
    "php ollama": (
        "a.php",
        "<?php use ArdaGnsrn\\Ollama\\Ollama;\n"
        "$c = Ollama::client();\n"
        "$c->completions()->create(['model' => 'llama3.2', 'prompt' => 'x']);",
        {"llama3.2"},
    ),
}


@pytest.mark.parametrize("library", LOADS)
def test_a_load_of_a_library_is_found(library: str) -> None:
    path, code, models = LOADS[library]
    assert used({path: code}) == models

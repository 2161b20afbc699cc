#!/bin/sh
llama-server -hf example-quant-mill/harbor-1b-support-merged-GGUF --port 8080 &
ollama run qwen3:8b

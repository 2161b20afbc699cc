#!/bin/sh
# Fetches the model and quantizes it.
huggingface-cli download example-harbor-lab/Harbor-1B-Instruct --local-dir model
vllm serve example-harbor-lab/Harbor-1B-Instruct --quantization awq

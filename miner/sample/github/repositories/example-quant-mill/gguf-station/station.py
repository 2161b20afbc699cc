"""Talks with a model in one file."""

from llama_cpp import Llama

llm = Llama.from_pretrained(
    repo_id="example-quant-mill/harbor-1b-support-merged-GGUF",
    filename="*Q4_K_M.gguf",
)
print(llm("A harbor is")["choices"][0]["text"])

from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained("example-northwind-ai/Northwind-Merge-7B")
print(model.num_parameters())

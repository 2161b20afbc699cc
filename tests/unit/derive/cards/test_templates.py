"""Cards as tools write them: what each template states is read, its blanks are not."""

from __future__ import annotations

from tests.reading import read, settings, values

TRAINER = """---
license: apache-2.0
base_model: acme/base-small
tags:
- generated_from_trainer
model-index:
- name: own
  results:
  - task:
      type: text-classification
      name: Text Classification
    dataset:
      name: tales
      type: acme/tales
      split: test
    metrics:
    - type: accuracy
      value: 0.91234567
      name: Accuracy
---

# own

This model is a fine-tuned version of [acme/base-small](https://huggingface.co/acme/base-small) on \
the tales dataset.
It achieves the following results on the evaluation set:
- Loss: 0.2871
- Accuracy: 0.9123

## Model description

More information needed

## Training procedure

### Training hyperparameters

The following hyperparameters were used during training:
- learning_rate: 2e-05
- train_batch_size: 16
- eval_batch_size: 8
- seed: 42
- optimizer: Adam with betas=(0.9,0.999) and epsilon=1e-08
- lr_scheduler_type: linear
- lr_scheduler_warmup_steps: 500
- num_epochs: 3
- mixed_precision_training: Native AMP

### Training results

| Training Loss | Epoch | Step | Validation Loss | Accuracy |
|:-------------:|:-----:|:----:|:---------------:|:--------:|
| 0.5123        | 1.0   | 100  | 0.4011          | 0.8511   |

### Framework versions

- Transformers 4.41.2
"""


def test_a_trainer_card() -> None:
    found = read(TRAINER)
    assert found["evaluation"] == [0.91234567, 0.2871]  # the rounded one repeats the declared one
    assert found["evaluation_dataset"] == ["acme/tales"]
    assert found["base_model"] == ["acme/base-small"]
    assert found["task"] == ["text-classification"]
    assert found["library"] == ["transformers"]
    assert "limitation_and_bias" not in found
    assert "context_length" not in found
    assert settings(TRAINER) == {
        "learning_rate": 2e-05, "batch_size": 16, "seed": 42, "optimizer": "Adam",
        "lr_scheduler": "linear", "warmup_steps": 500, "epochs": 3, "precision": "Native AMP",
    }  # fmt: skip


def test_the_none_dataset_of_a_trainer_card_is_absent() -> None:
    base = "[acme/base](https://huggingface.co/acme/base)"
    card = f"# own\n\nThis model is a fine-tuned version of {base} on the None dataset.\n"
    assert read(card) == {"base_model": ["acme/base"]}


def test_a_template_that_nobody_filled_in_states_nothing() -> None:
    card = """# Model Card for Model ID

- **Developed by:** [More Information Needed]
- **Funded by [optional]:** [More Information Needed]
- **Language(s) (NLP):** [More Information Needed]
- **License:** [More Information Needed]
- **Finetuned from model [optional]:** [More Information Needed]
- **Repository:** [More Information Needed]

## Bias, Risks, and Limitations

[More Information Needed]

### Recommendations

Users (both direct and downstream) should be made aware of the risks, biases and limitations of \
the model.

## Training Details

- **Training regime:** [More Information Needed] <!--fp32, fp16 mixed precision-->

## Environmental Impact

Carbon emissions can be estimated using the [Machine Learning Impact calculator]\
(https://mlco2.github.io/impact#compute) presented in [Lacoste et al. (2019)]\
(https://arxiv.org/abs/1910.09700).

- **Hardware Type:** [More Information Needed]
- **Hours used:** [More Information Needed]
- **Cloud Provider:** [More Information Needed]
- **Compute Region:** [More Information Needed]
- **Carbon Emitted:** [More Information Needed]
"""
    assert read(card) == {}


def test_a_filled_in_template() -> None:
    card = """# own

- **Language(s) (NLP):** English, German
- **License:** Apache 2.0
- **Finetuned from model:** [acme/base](https://huggingface.co/acme/base)
- **Repository:** https://github.com/acme/own

## Environmental Impact

- **Hardware Type:** 8 x NVIDIA A100 80GB
- **Hours used:** 36
- **Cloud Provider:** AWS
- **Compute Region:** eu-north-1
- **Carbon Emitted:** 5.4 kg
"""
    found = read(card)
    assert found == {
        "base_model": ["acme/base"], "carbon_emitted": [5.4], "cloud_provider": ["AWS"],
        "compute_region": ["eu-north-1"], "hardware": ["NVIDIA A100 80GB"],
        "language": ["en", "de"], "license": ["apache-2.0"], "license_in_text": ["apache-2.0"],
        "repository": ["https://github.com/acme/own"], "training_time": [36],
    }  # fmt: skip
    hardware = next(one for one in values(card) if one.field == "hardware")
    assert hardware.qualifiers["count"] == 8


def test_a_merge() -> None:
    card = """---
tags:
- merge
- mergekit
---
# own

```yaml
models:
  - model: acme/first-7B
    parameters:
      weight: 0.5
  - model: ./local/path
  - model: beta/second-7B
merge_method: slerp
base_model: acme/first-7B
dtype: bfloat16
```
"""
    found = values(card)
    bases = [one for one in found if one.field == "base_model"]
    assert {(one.value, one.qualifiers["relation"]) for one in bases} == {
        ("acme/first-7B", "merge"), ("beta/second-7B", "merge"),
    }  # fmt: skip
    assert settings(card) == {}


def test_a_repack() -> None:
    card = """---
base_model: acme/own-7B
license: llama2
quantized_by: packer
---
# own 7B - GGUF

- Original model: [own 7B](https://huggingface.co/acme/own-7B)

| Name | Quant method | Bits | Size | Max RAM required | Use case |
| ---- | ---- | ---- | ---- | ---- | ----- |
| own-7b.Q2_K.gguf | Q2_K | 2 | 2.72 GB| 5.22 GB | smallest |

These files work with llama.cpp.

```shell
./main -m own-7b.Q4_K_M.gguf -c 4096 --temp 0.7
```
"""
    found = read(card, "packer/own-7B-GGUF")
    assert found["base_model"] == ["acme/own-7B"]
    assert found["library"] == ["llama.cpp"]
    assert found["demo"] == ["code"]
    assert "evaluation" not in found
    assert "parameter_count" not in found  # only in the name
    (base,) = [one for one in values(card, "packer/own-7B-GGUF") if one.field == "base_model"]
    assert base.qualifiers["relation"] == "quantized"


def test_sentence_transformers() -> None:
    card = """---
tags:
- sentence-transformers
---
# acme/own

It maps sentences to a 768 dimensional dense vector space.

```python
from sentence_transformers import SentenceTransformer
model = SentenceTransformer('acme/own')
```

## Training
The model was trained with the parameters:

**Loss**:

`sentence_transformers.losses.MultipleNegativesRankingLoss.MultipleNegativesRankingLoss`

Parameters of the fit()-Method:
```
{
    "epochs": 4,
    "optimizer_class": "<class 'torch.optim.adamw.AdamW'>",
    "optimizer_params": {
        "lr": 2e-05
    },
    "scheduler": "WarmupLinear",
    "warmup_steps": 100,
    "weight_decay": 0.01
}
```

## Full Model Architecture
```
SentenceTransformer(
  (0): Transformer({'max_seq_length': 512, 'do_lower_case': False})
)
```
"""
    found = read(card)
    assert found["context_length"] == [512]
    assert found["library"] == ["sentence-transformers"]
    assert found["task"] == ["sentence-similarity"]
    assert found["output_format"] == ["768 dimensional dense vector space."]
    assert settings(card) == {
        "loss": "MultipleNegativesRankingLoss", "epochs": 4, "optimizer": "AdamW",
        "learning_rate": 2e-05, "lr_scheduler": "WarmupLinear", "warmup_steps": 100,
        "weight_decay": 0.01,
    }  # fmt: skip

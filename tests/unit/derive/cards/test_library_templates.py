"""Cards as the tools of one library write them: timm, spaCy, OPUS-MT, SpeechBrain and others."""

from __future__ import annotations

from tests.reading import read, settings, values


def test_timm() -> None:
    card = """---
tags:
- image-classification
- timm
library_tag: timm
datasets:
- imagenet-1k
---
# Model card for own

## Model Details
- **Model Stats:**
  - Params (M): 28.6
  - GMACs: 4.5
  - Image size: 224 x 224
- **Papers:**
  - Networks of Tales: https://arxiv.org/abs/2401.00001
- **Original:** https://github.com/acme/own

```python
import timm
model = timm.create_model('own', pretrained=True)
```
"""
    found = read(card)
    assert found["parameter_count"] == [28_600_000]
    assert found["task"] == ["image-classification"]
    assert found["library"] == ["timm"]
    assert found["repository"] == ["https://github.com/acme/own"]
    assert found["input_format"] == ["224 x 224"]


def test_spacy() -> None:
    card = """---
tags:
- spacy
- token-classification
language:
- fr
model-index:
- name: own
  results:
  - task:
      name: NER
      type: token-classification
    metrics:
    - name: NER F Score
      type: f_score
      value: 0.8319777504
---
| Feature | Description |
| --- | --- |
| **Name** | `own` |
| **Vectors** | 500000 keys, 20000 unique vectors (300 dimensions) |
| **Sources** | [UD Tales v2](https://example.org/tales) (A. Author)<br />\
[WikiTales](https://example.org/wiki) |
| **License** | `LGPL-LR` |

### Accuracy

| Type | Score |
| --- | --- |
| `TOKEN_ACC` | 99.80 |
| `ENTS_F` | 83.20 |
"""
    found = read(card)
    assert found["evaluation"] == [0.8319777504, 99.8]
    assert found["training_dataset"] == ["UD Tales v2", "WikiTales"]
    assert found["library"] == ["spacy"]
    assert found["license_in_text"] == ["LGPL-LR"]


def test_opus_mt() -> None:
    card = """### opus-mt-xx-yy

* source languages: it
* target languages: en
* pre-processing: normalization + SentencePiece

## Benchmarks

| testset               | BLEU  | chr-F |
|-----------------------|-------|-------|
| newstest2009.it.en    | 35.3  | 0.600 |
| Tatoeba.it.en         | 70.9  | 0.808 |
"""
    found = read(card, "acme/opus-mt-xx-yy")
    assert found["evaluation"] == [35.3, 0.6, 70.9, 0.808]
    assert found["language"] == ["it", "en"]
    assert len(found["evaluation_dataset"]) == 2


def test_speechbrain() -> None:
    card = """---
language: en
tags:
- speechbrain
datasets:
- librispeech_asr
---
# Speech recognition with own

| Release | Test WER | GPUs |
|:-------------:|:--------------:| :--------:|
| 05-03-21 | 3.08 | 1xV100 32GB |

The system is trained with recordings sampled at 16kHz (single channel).

```python
from speechbrain.inference import EncoderDecoderASR
asr_model = EncoderDecoderASR.from_hparams(source="acme/own")
```
"""
    found = read(card)
    assert found["evaluation"] == [3.08]
    assert found["library"] == ["speechbrain"]
    assert found["task"] == ["automatic-speech-recognition"]
    assert "input_format" in found
    assert found["demo"] == ["code"]


def test_a_diffusers_lora() -> None:
    card = """---
base_model: acme/diffusion-xl
library_name: diffusers
tags:
- text-to-image
- lora
instance_prompt: a photo of TOK
---
# LoRA for tales

These are acme/own LoRA adaption weights for acme/diffusion-xl.

## Trigger words

You should use a photo of TOK to trigger the image generation.
"""
    found = values(card)
    assert {one.field: one.value for one in found if one.field != "input_format"} == {
        "base_model": "acme/diffusion-xl", "library": "diffusers", "task": "text-to-image",
    }  # fmt: skip
    assert (
        next(one for one in found if one.field == "base_model").qualifiers["relation"] == "adapter"
    )
    assert any(one.field == "input_format" and "TOK" in one.quote for one in found)


def test_an_adapter() -> None:
    card = """---
tags:
- adapter-transformers
---
# Adapter `acme/own` for bert-base-uncased

An [adapter](https://adapterhub.ml) for the `bert-base-uncased` model that was trained on the \
[nli/tales](https://adapterhub.ml/explore/nli/tales/) dataset.
"""
    assert read(card)["base_model"] == ["bert-base-uncased"]


def test_keras_and_reinforcement_learning_settings() -> None:
    card = """---
library_name: stable-baselines3
---
# **PPO** Agent playing **Tale-v1**

## Hyperparameters
```python
OrderedDict([('batch_size', 64),
             ('gamma', 0.99),
             ('learning_rate', 0.001),
             ('policy', 'MlpPolicy')])
```
"""
    assert settings(card) == {
        "batch_size": 64, "gamma": 0.99, "learning_rate": 0.001, "policy": "MlpPolicy",
    }  # fmt: skip

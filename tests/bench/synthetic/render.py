"""Records of the synthetic Hub as JSON text, one small function a field of the wire.

Text is put together from pieces that need no escaping; a field that a model lacks is an empty
string and is left out of the record, as on the real Hub.
"""

from __future__ import annotations

from collections.abc import Callable
from time import gmtime

from tests.bench.synthetic.hub import Facts, SyntheticHub
from tests.bench.synthetic.vocabulary import (
    CHAT_TEMPLATE,
    DATASET_WORDS,
    EXTRA_TAGS_POOL,
    LANGUAGE_POOL,
    LICENSE_POOL,
    OWNER_FIRST,
    POOL_MASK,
)

_TEMPLATE_JSON = CHAT_TEMPLATE.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
_ABSENT = (
    "evalResults", "inference", "inferenceProviderMapping", "mask_token", "model-index",
    "resourceGroup", "spaces", "transformersInfo", "widgetData", "xetEnabled",
)  # fmt: skip
_MOST_DOWNLOADS = 300_000_000


def iso(second: int) -> str:
    """Return a time as the Hub writes it."""
    t = gmtime(second)
    return f"{t[0]}-{t[1]:02}-{t[2]:02}T{t[3]:02}:{t[4]:02}:{t[5]:02}.000Z"


def _strings(values: list[str]) -> str:
    """Return a JSON list of strings that need no escaping."""
    return '["' + '","'.join(values) + '"]' if values else "[]"


class Renderer:
    """The fields of a hub's models, as JSON text."""

    def __init__(self, hub: SyntheticHub) -> None:
        self.hub = hub
        self.fields: dict[str, Callable[[Facts], str]] = {
            "author": lambda f: f'"author":"{hub.owner(f)}"',
            "baseModels": self._base_models,
            "cardData": self._card_data,
            "childrenModelCount": lambda f: (
                '"childrenModelCount":{"adapter":0,"merge":0,"quantized":0,"finetune":0}'
            ),
            "config": lambda f: f.family.config if f.relation != "adapter" else "",
            "createdAt": lambda f: f'"createdAt":"{iso(hub.created(f.number))}"',
            "disabled": lambda f: (
                '"disabled":true' if f.bits[13] >> 8 & 4095 == 7 else '"disabled":false'
            ),
            "downloads": lambda f: f'"downloads":{self.downloads(f)}',
            "downloadsAllTime": lambda f: (
                f'"downloadsAllTime":{self.downloads(f) * (3 + (f.bits[6] & 31))}'
            ),
            "gated": lambda f: f'"gated":{hub.gating(f)}',
            "gguf": self._gguf,
            "lastModified": lambda f: f'"lastModified":"{iso(hub.modified(f.number))}"',
            "library_name": self._library_name,
            "likes": lambda f: f'"likes":{self.likes(f)}',
            "pipeline_tag": lambda f: f'"pipeline_tag":"{f.family.task}"' if f.family.task else "",
            "private": lambda f: '"private":false',
            "safetensors": self._safetensors,
            "sha": lambda f: f'"sha":"{hub.sha(f)}"',
            "siblings": self._siblings,
            "tags": lambda f: '"tags":' + _strings(self.tags(f)),
            "trendingScore": lambda f: f'"trendingScore":{self.likes(f) // 50}',
            **dict.fromkeys(_ABSENT, lambda f: ""),
        }

    def record(self, number: int, fields: list[Callable[[Facts], str]]) -> str:
        """Return one record with ``_id``, ``id`` and the fields asked for."""
        facts = self.hub.facts(number)
        parts = [f'"_id":"{self.hub.uid(number)}","id":"{self.hub.name(number)}"']
        parts += [text for field in fields if (text := field(facts))]
        return "{" + ",".join(parts) + "}"

    def downloads(self, facts: Facts) -> int:
        """Return downloads of 30 days: Zipf, six in ten have none; much-used bases lead."""
        number = facts.number
        share = (facts.bits[6] + 1) / 2**32
        if number and not number & 31:
            share /= number & -number
        count = min(_MOST_DOWNLOADS, int(0.3 * share**-1.3))
        weeks = self.hub.epoch if number % 5 < 2 else 0
        return count + weeks * (1 + count // 8)

    def likes(self, facts: Facts) -> int:
        """Return likes, which go with the downloads of the first sight."""
        share = (facts.bits[6] + 1) / 2**32
        return int(min(12_000.0, 0.02 * share**-0.9 * (1 + (facts.bits[7] & 7))))

    @staticmethod
    def license(facts: Facts) -> str:
        """Return the declared license, or an empty string."""
        return LICENSE_POOL[facts.bits[8] & POOL_MASK]

    @staticmethod
    def has_card(facts: Facts) -> bool:
        """Tell whether there is a README.md; seven in ten have one."""
        return facts.bits[13] & 0xFF < 180

    def datasets(self, facts: Facts) -> list[str]:
        """Return the names of datasets; two models in five have one to three."""
        bits = facts.bits[10]
        if bits & 1023 >= 410:
            return []
        names = []
        for turn in range(1 + (bits >> 10) % 3 % 2 + (bits >> 12 & 7 == 0)):
            share = (bits >> (8 * turn) & 0xFFFF) / 65_536
            place = int(20_000 * share**4)  # few datasets are named by many
            owner = OWNER_FIRST[place & 31]
            names.append(f"{owner}-data/{DATASET_WORDS[place >> 5 & 15]}-{place}")
        return list(dict.fromkeys(names))

    @staticmethod
    def papers(facts: Facts) -> list[str]:
        """Return arXiv ids: one model in eight cites any paper, a quarter of a family its own."""
        bits = facts.bits[11]
        papers = [facts.family.paper] if facts.family.paper and facts.bits[14] & 3 == 0 else []
        if bits >> 10 & 7 == 0:
            papers.append(f"{19 + (bits >> 13) % 7}{1 + (bits >> 16) % 12:02}.{bits >> 20:05}")
        return papers

    @staticmethod
    def library(facts: Facts) -> str:
        """Return the library's name, or an empty string."""
        if facts.relation == "adapter":
            return "peft"
        if facts.relation == "quantized" and facts.family.gguf:
            return ("gguf", "transformers", "transformers", "mlx")[facts.bits[5] & 3]
        return facts.family.library

    @staticmethod
    def is_gguf(facts: Facts) -> bool:
        """Tell whether the files are GGUF."""
        return facts.relation == "quantized" and bool(facts.family.gguf) and facts.bits[5] & 3 < 3

    def tags(self, facts: Facts) -> list[str]:
        """Return the tags as the Hub derives them from card, files and config."""
        family = facts.family
        languages = LANGUAGE_POOL[facts.bits[9] & POOL_MASK]
        form = "gguf" if self.is_gguf(facts) else "safetensors" if family.library else "pytorch"
        tags = [form]
        if library := self.library(facts):
            tags.insert(0, library)
        if family.model_type and facts.relation != "adapter":
            tags.append(family.model_type)
        tags += EXTRA_TAGS_POOL[facts.bits[11] & POOL_MASK]
        if family.task:
            tags.append(family.task)
        tags += languages
        tags += [f"dataset:{name}" for name in self.datasets(facts)]
        tags += [f"arxiv:{paper}" for paper in self.papers(facts)]
        for parent in facts.parents:
            base = self._parent_name(parent)
            tags += [f"base_model:{base}", f"base_model:{facts.relation}:{base}"]
        if declared := self.license(facts):
            tags.append(f"license:{declared}")
        if family.model_type and facts.bits[11] >> 13 & 1:
            tags.append("endpoints_compatible")
        tags.append("region:us")
        return list(dict.fromkeys(tags))

    def _parent_name(self, parent: int) -> str:
        """Return a base's name as its children declare it: the one it had at first."""
        return self.hub.first_name(self.hub.facts(parent))

    def _base_models(self, facts: Facts) -> str:
        if not facts.parents:
            return ""
        models = ",".join(
            f'{{"_id":"{self.hub.uid(parent)}","id":"{self._parent_name(parent)}"}}'
            for parent in facts.parents
        )
        return f'"baseModels":{{"relation":"{facts.relation}","models":[{models}]}}'

    def _card_data(self, facts: Facts) -> str:
        if not self.has_card(facts):
            return ""
        members = []
        if declared := self.license(facts):
            members.append(f'"license":"{declared}"')
        if languages := LANGUAGE_POOL[facts.bits[9] & POOL_MASK]:
            members.append('"language":' + _strings(list(languages)))
        if facts.parents:
            names = [self._parent_name(parent) for parent in facts.parents]
            members.append('"base_model":' + _strings(names))
        if datasets := self.datasets(facts):
            members.append('"datasets":' + _strings(datasets))
        if library := self.library(facts):
            members.append(f'"library_name":"{library}"')
        if facts.family.task:
            members.append(f'"pipeline_tag":"{facts.family.task}"')
        if extra := EXTRA_TAGS_POOL[facts.bits[11] & POOL_MASK]:
            members.append('"tags":' + _strings(list(extra)))
        members.append(
            f'"metrics":["accuracy","f1"],"inference":true,"widget":['
            f'{{"text":"Tell me about {facts.stem} number {facts.number}.",'
            f'"example_title":"A first question"}},'
            f'{{"text":"What does {facts.stem} do better than what came before it?",'
            f'"example_title":"A second question"}}]'
        )
        if facts.bits[15] >> 8 & 3 == 0:
            members.append(self._results(facts))
        return '"cardData":{' + ",".join(members) + "}"

    @staticmethod
    def _results(facts: Facts) -> str:
        """Return the model-index that training scripts write into cards."""
        task = facts.family.task or "other"
        metrics = ",".join(
            f'{{"type":"{kind}","value":0.{facts.bits[12] >> shift & 1023:04},"name":"{name}",'
            f'"verified":false}}'
            for kind, name, shift in (("accuracy", "Accuracy", 8), ("f1", "F1", 16))
        )
        return (
            f'"model-index":[{{"name":"{facts.stem}","results":[{{"task":{{"type":"{task}",'
            f'"name":"{task}"}},"dataset":{{"name":"held-out","type":"held-out",'
            f'"split":"test","args":"default"}},"metrics":[{metrics}]}}]}}]'
        )

    def _gguf(self, facts: Facts) -> str:
        if not self.is_gguf(facts):
            return ""
        template = f',"chat_template":"{_TEMPLATE_JSON}"' if facts.family.is_chat else ""
        return (
            f'"gguf":{{"total":{facts.size[1]},"architecture":"{facts.family.gguf}",'
            f'"context_length":{4096 << (facts.bits[15] & 5)}{template},'
            f'"bos_token":"<s>","eos_token":"</s>"}}'
        )

    def _library_name(self, facts: Facts) -> str:
        library = self.library(facts)
        return f'"library_name":"{library}"' if library else ""

    def _safetensors(self, facts: Facts) -> str:
        if not facts.family.model_type or facts.relation == "adapter" or self.is_gguf(facts):
            return ""
        total = facts.size[1]
        if facts.relation == "quantized":
            packed, rest = total // 8, total // 50
            return (
                f'"safetensors":{{"parameters":{{"BF16":{rest},"I32":{packed}}},'
                f'"total":{rest + packed}}}'
            )
        dtype = ("BF16", "F32", "F16", "BF16")[facts.bits[15] >> 4 & 3]
        return f'"safetensors":{{"parameters":{{"{dtype}":{total}}},"total":{total}}}'

    def files(self, facts: Facts) -> list[str]:
        """Return the names of the files, 5 to 12."""
        names = [".gitattributes"]
        if self.has_card(facts):
            names.append("README.md")
        if facts.relation == "adapter":
            names += ["adapter_config.json", "adapter_model.safetensors"]
        elif facts.family.model_type:
            names += ["config.json", "generation_config.json"]
        if self.is_gguf(facts):
            names += [f"{facts.stem}.{kind}.gguf" for kind in ("Q4_K_M", "Q5_K_M", "Q8_0")]
        elif facts.family.library:
            names += ["special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"]
        count = max(1, facts.bits[12] & 7, 5 - len(names))
        count = max(1, min(count, 12 - len(names)))
        names += [f"model-{part:05}-of-{count:05}.safetensors" for part in range(1, count + 1)]
        return names

    def _siblings(self, facts: Facts) -> str:
        names = '"},{"rfilename":"'.join(self.files(facts))
        return f'"siblings":[{{"rfilename":"{names}"}}]'

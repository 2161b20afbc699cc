"""Names of data in sentences: well-known ones, and how a name looks that nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from miner.pipelines.derive.cards import devices
from miner.pipelines.derive.cards.benchmarks import benchmark
from miner.pipelines.derive.cards.card_words import LANGUAGE_NAMES
from miner.pipelines.derive.cards.document import CardLink, Document
from miner.schema.patterns import bounded

MAX_ITEMS = 16
MAX_NAME = 60
_KNOWN_NAMES = r"""
 The Pile(?: v2)?|the Pile(?: v2)?|Pile of Law|Common\s?Crawl|C4|OSCAR(?:[\s-]?\d{2,4}(?:\.\d+)?)?|CC-?100|CC-?Net|mC4|CulturaX
 |Books?Corpus|Toronto Book Corpus|English Wikipedia|Wikipedia|Wiki(?:text|Text)-?(?:2|103)|Wiki-?40B|OpenWebText2?|CC-?News|CC-?Stories|STORIES
 |RealNews|RedPajama(?:-Data)?(?:-?[vV]2)?|RefinedWeb|FineWeb(?:-Edu|-?2)?|SlimPajama|Dolma|DCLM|MADLAD-?400|ROOTS|MassiveText
 |The Stack(?: v\d)?|Stack\s?Exchange|Stack\s?Overflow|StarCoder\s?[Dd]ata|CodeSearchNet|CodeParrot|LAION-?[\w-]*|ImageNet(?:-?\d+[kK])?
 |(?:MS[\s-]?)?COCO(?:[\s-]?\d{4})?|Objects365|Open\s?Images(?:\s?[Vv]\d)?|LVIS|Visual Genome|VQA\s?v?2|Flickr-?8k|Flickr-?30k|SBU(?: Captions)?
 |LibriSpeech|Libri-?Light|LibriTTS(?:-R)?|LJSpeech|VCTK|AudioSet|AudioCaps|VoxPopuli|VoxCeleb-?[12]?|CommonVoice|Common Voice(?: v?\d+(?:\.\d)?)?
 |Multilingual LibriSpeech|MLS|FLEURS|TED-?LIUM(?:[\s-]?\d)?|GigaSpeech|WenetSpeech|AISHELL-?[1-4]?|KsponSpeech|CoVoST\s?2?|MUST-?C|mTEDx
 |Europarl(?:-ST)?|Fisher|Switchboard|WSJ0?(?:-?\dmix)?|MUSAN|ESC-?50|SpeechCommands|Speech Commands|WHAM!?|Libri[23]Mix|TIMIT|CORAAL|People's Speech
 |MultiNLI|MNLI|SNLI|AllNLI|ANLI|XNLI|MS[\s-]?MARCO|Natural Questions|TriviaQA|HotpotQA|SQuAD(?:[\s-]?[vV]?[12](?:\.\d)?)?(?:-es|-it|-de)?
 |CoNLL-?\d{4}|CoNLL-?0[23]|OntoNotes(?:\s?v?\d(?:\.0)?)?|WikiANN|WikiNER|MasakhaNER|PubMed(?:\s(?:[Aa]bstracts|Central))?(?=\W)|PMC(?:-OA)?|MIMIC-?(?:III|IV|CXR)
 |S2ORC|CORD-?19|BC5CDR|NCBI[\s-][Dd]isease|JNLPBA|PubMedQA|MedMCQA|MedQA|BioASQ|ChEMBL|ZINC(?:-?15|-?20|-?22)?|PubChem|UniRef-?\d+|UniProt|BFD|SwissProt
 |Alpaca(?:[\s-]?GPT-?4)?(?=\s(?:data|and|,)|,|\.)|ShareGPT|UltraChat(?:[\s-]?200k)?|UltraFeedback|OpenHermes(?:[\s-]?2\.5)?|Dolly[\s-]?15k|OpenAssistant
 |OASST[12]?|Anthropic HH|HH-RLHF|SlimOrca|OpenOrca|OpenPlatypus|Open-Platypus|MetaMathQA|MathInstruct|Capybara|WizardLM(?:_evol_instruct\w*)?|Evol-Instruct|LIMA
 |FLAN(?: v?2| Collection)?|P3|xP3(?:mt)?|Super-?NaturalInstructions|GPTeacher|CamelAI|Airoboros|Magicoder|GSM8[Kk]|OpenMathInstruct(?:-?\d)?|NuminaMath|Nectar|HelpSteer2?
 |ADE20[Kk]|Cityscapes|KITTI|NYU(?:[\s-]?Depth)?(?:[\s-]?[Vv]2)?|Pascal VOC|PASCAL VOC|ScanNet|Hypersim|MegaDepth|Kinetics-?\d{3}|Something-Something(?: v2)?|UCF-?101|WebVid(?:-?\d+M)?|HowTo100M
 |Conceptual Captions|Conceptual 12M|CC3M|CC12M|YFCC\w*|JFT-\d+M|WIT|DataComp(?:-\w+)?|MJSynth|SynthText|IIT-CDIP|DocVQA|PubLayNet|DocBank|FUNSD|CORD|RVL-CDIP|CelebA(?:-HQ)?|FFHQ
 |WebText|WuDaoCorpora|WuDao|CLUECorpus(?:2020|Small)?|CLUE|KLUE|AI\s?Hub|Tatoeba|OPUS(?:-100)?|ParaCrawl|CCMatrix|CCAligned|JW300|MultiUN|OpenSubtitles|TED2020|WMT-?\d\d|IWSLT-?\d\d
 |IMDB|IMDb|Yelp|AG News|SST-?[25]|GLUE|SuperGLUE|TweetEval|GoEmotions|DBpedia|CNN\s?/\s?Daily\s?Mail|XSum|SAMSum|BillSum|Reddit|Gutenberg|ArXiv|FreeLaw|HackerNews|Project Gutenberg
 |CIFAR-?100?|MNIST|Fashion-?MNIST|Food-?101|iNaturalist(?:\s?\d{4})?|Places365|Danbooru(?:\d{4})?|enwik8|BigQuery|Literotica
"""  # noqa: E501 - a vocabulary reads best as one
KNOWN = re.compile(
    r"(?<![\w/@-])("
    + bounded(r"\s*\n\s*").sub("", _KNOWN_NAMES.strip())
    + r")(?![\w/]|\.\d|-(?:based|style|like))"
)
"""A well-known name of data, in a sentence on training."""
NOUN = (
    r"(?:data\s?sets?|corpus|corpora|data|benchmarks?|treebank|test\s?set"
    r"|train(?:ing)? (?:split|set))"
)
_SKIP = bounded(
    r"(?:[\s\"'“”‘’`*(\[:>-]+|[A-Z]\w*['’]s\s|(?i:the|an?|our|both|all|parts?|subsets?|portions?|samples?|sets?"
    r"|mix(?:ture)?s?|combinations?|collections?|variety|entire|full"
    r"|whole|first|last|combined|publicly|public|available|massive|amounts?|open|source|large"
    r"|huge|big|small"
    r"|several|following|different|various|multiple|custom|new|own"
    r"|filtered|cleaned|clean|deduplicated|curated|annotated|labell?ed|unlabell?ed|translated"
    r"|translation|version|versions|dumps?|texts?|data|data\s?sets?"
    r"|corpus|corpora|namely|such|as|like|including|with|only|just|mainly|mostly|well|known"
    r"|original|official|standard|popular|raw|of|from|on|in|over"
    r"|train(?:ing)?|test|validation|held-?out|split|two|three|four|five|six|data\s?from|about"
    r"|around|approximately|roughly|more|than|consisting|containing|i\.e\.|e\.g\.)(?![\w-])"
    r"|[A-Za-z]+(?= (?:part|portion|subset|section|split)s? of )"
    r"|~?\d[\d.,]*\s?(?:[KMBTkmb]|GB|MB|TB|million|billion|thousand|%)?\s(?:of\s)?(?:(?:hours"
    r"|tokens|words|samples|examples|images|sentences|pairs|documents"
    r"|tweets|articles|utterances|chars|characters|rows|records|instructions|conversations"
    r"|epochs?)\s(?:of|from|in)\s)?)"
)
_NAME = bounded(
    r"[\w.-]+/\w+_\w[\w.-]*|[A-Z][\w.+’'&-]*(?:[ ](?:[A-Z0-9][\w.+’'-]*|v?\d[\w.]*|of(?= [A-Z])"
    r"|and the(?= [A-Z])))*"
    r"|[a-z]+[A-Z][\w-]*|[\w.-]+/[\w.-]+|[a-z]+(?:[-_][\w]+)+"
)
_AFTER = bounded(
    r"[\"'“”’`*\])]*(?:\s*[(\[][^()\[\]]{0,80}[)\]])*(?:\s+(?:(?!style|like|type|based"
    r"|quality)[a-z]+\s)?(" + NOUN + r")s?\b)?"
    r"(?:\s*[(\[][^()\[\]]{0,80}[)\]])*[\"'“”`*]*"
)
_AND = bounded(
    r"\s*+(?:,\s*(?:and|or|as well as|plus|then)\s|(?:,\s*)?\band then(?: on)?\b|,|;|\band\b|&|\+|/"
    r"|\bas well as\b|\bplus\b"
    r"|\bwith\b)\s*"
)
_SHAPE = bounded(
    r"[a-z][A-Z]|[A-Z]{3,}|[A-Z].{0,200}\d|\d.{0,200}[A-Z]|[A-Z]{2,}-|[A-Za-z]_\w|[a-z]+[-_]\w*\d|/"
)
NOT_DATA_URL = re.compile(
    r"(?:huggingface|hf)\.co/(?!datasets/)|wandb\.ai|colab\.|github\.com/huggingface/|^#"
    r"|mergekit|axolotl|unsloth"
    r"|github\.com/(?:NVIDIA|nvidia|google|facebookresearch/fairseq|kohya-ss|hiyouga)(?:/|$)"
    r"|cloud\.google|sites\.research\.google/trc"
)
"""Where a link does not lead to data."""
_NO_DATA = re.compile(
    r"^(?:(?:GPUs?|TPUs?|CPUs?|NVIDIA|Nvidia|AMD|AWS|Azure|Amazon(?! (?:\w+ )?(?:[Dd]ata"
    r"|[Rr]eview|[Pp]olarity|[Pp]roduct))|Google(?! Books)|Colab\w*"
    r"|Kaggle|SageMaker|Lambda|RunPod|Runpod|Slurm|HPC|A100s?|H100s?|V100s?|T4|RTX|TPUv\d"
    r"|PyTorch|Pytorch|TensorFlow|Tensorflow|Keras|JAX|Flax|Transformers|Hugging\s?Face"
    r"|HuggingFace|Diffusers|DeepSpeed|Megatron|NeMo|ESPnet|SpeechBrain|Fairseq|Axolotl|Unsloth"
    r"|AutoTrain"
    r"|LLaMA-Factory|LLaMA|Llama|TRL|PEFT|Q?LoRA|DoRA|DPO|SFT|ORPO|RLHF|PPO|KTO|GRPO|MLM|CLM"
    r"|NSP|FSDP|ZeRO|DreamBooth|Dreambooth|ControlNet|SimCSE|SetFit|TSDAE|GPL|BPE"
    r"|Adam\w*|FP16|BF16|INT8|CUDA|Python|I|It|In|We|The|This|These|That|For|To|Our|My|You|As"
    r"|At|By|If|See|Please|Note|Then|More|NLP|NLU|NLG|NER|LLMs?|AI|ML|ASR|TTS|QA|Q&A"
    r"|January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Monday|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec|GitHub|Github|UTC|SDXL|SD)\b)"
)
_MODEL = re.compile(
    r"\b(?:GPT|Mistral|Mixtral|LLaMA|Llama|Qwen\w*|Gemma|Falcon|Phi|Vicuna|Claude|Gemini"
    r"|BERT\w*|\w*BERTa?|T5|BART|XLM\w*|DeepSeek|Yi|Pythia|Bloom|BLOOM|OPT|Whisper|Wav2Vec\w*"
    r"|wav2vec\w*"
    r"|Stable Diffusion|ViT|ResNet\w*|CLIP|YOLO\w*|ELECTRA|StarCoder|CodeLlama|Solar|SOLAR"
    r"|InternLM)\b(?![\w-]*-?(?:data|instruct-?data))",
)
_WORDS_ONLY = re.compile(
    r"^[a-z]+(?:-[a-z]+)*-(?:\w*ed|\w*ing|scale|domain|specific|quality|text|language|lingual"
    r"|source|size|level|task|answer\w*|based|grained|art|house|world|only|style|free|turn|hand"
    r"|like|paired?)$"
)
_NO_NAME = bounded(
    r"^\d+(?:\.\d+)?[kKmM]?/\d|^(?:training|test|dev|validation)(?: set|, etc)"
    r"|[-\s]\d+(?:\.\d+)?\s?[bB]\b(?!\s*tokens)|^CC[ -](?:BY|0)"
    r"|\b(?:laws?|methods?|objectives?|approach|framework|platform|library|toolkit|recipe"
    r"|pipeline|cluster|scripts?|deduplication"
    r"|filtering|\w*process(?:ing)?|[GV]?RAM|optimizer|loss|here|this|link|sign up|code"
    r"|repo(?:sitory)?|notebook|paper|blog|server|machine|super-?computer|hardware"
    r"|template|format|settings?|config(?:uration)?|model|models|adapters?|infrastructure"
    r"|trainer|instance|research cloud|ood|[\w-]*explorer|dashboard|web\s?site|[\w.]+['’]s"
    r"|[\w-]*-based|[\w-]*-style)$|\bDatasets$"
    r"|^https?:|[={}<>|]",
    re.IGNORECASE,
)
"""Words that are no name of data, or end none."""
_EITHER = bounded(r"[a-z]+/[a-z]+$")
"""Two words, one or the other: it looks like an id."""
_TOOL_AFTER = bounded(
    r"[\"'”’`*\])]*\s+(?:[a-z]+\s)?(?:laws?|methods?|objective|approach|framework|platform"
    r"|library|toolkit|recipe|script|optimi[sz]er|loss|trainer"
    r"|gpus?|tpus?|cluster|super-?computer|machines?|instances?|format|template|precision"
    r"|technique|algorithm|model|models|architecture|repo(?:sitory)?|codebase)\b",
    re.IGNORECASE,
)
_ADJECTIVE = bounded(r"(?<![a-z-])" + _WORDS_ONLY.pattern.strip("^$") + r"(?= )")
_LANGUAGES = frozenset(name.lower() for name in LANGUAGE_NAMES)
GENERIC = frozenset(
    """
    none unknown private custom internal dataset data corpus train training test validation
    english chinese imagefolder in-the-wild dev valid quantity internet web books text code
    nlp indic multilingual bert arxiv the an own my this our image audio csv json generator
    language languages
    license size columns samples split splits source sources format description link links
    java javascript typescript python cpp css html ruby rust shell php sql markdown go
    kotlin swift scala perl lua bash jupyter multi github other others n/a total
    """.split()  # noqa: SIM905 - words read best as words
)


class DataName(NamedTuple):
    """A name and its place in the visible text."""

    text: str
    start: int
    end: int
    how: str


def is_name(text: str) -> bool:
    """Return whether words can name data: no device, tool, model, month or language alone."""
    words = text.strip(" \"'`*.,:")
    if KNOWN.fullmatch(words):
        return True
    if not 1 < len(words) <= MAX_NAME or words.lower() in GENERIC or _NO_DATA.match(words):
        return False
    if _WORDS_ONLY.match(words) or not re.search(r"[^\W\d]{2}", words) or _NO_NAME.search(words):
        return False
    if (_MODEL.search(words) and "/" not in words) or devices.first(words):
        return False
    return not all(part in _LANGUAGES for part in bounded(r"[\s/-]+").split(words.lower()))


def is_blank(text: str) -> bool:
    """Return whether a value says nothing."""
    return bool(
        bounded(
            r"information needed|^\W*(?:none|n/?a|unknown|tbd|private|custom)\W*$", re.I
        ).search(text)
    )


_CALLED = re.compile(r"\w (?:data\s?set|corpus|treebank|test set)$", re.IGNORECASE)


def enumerated(document: Document, start: int, end: int, *, shapes: bool = True) -> list[DataName]:
    """Return the names that follow a place: ``JW300 + OPUS CC-Align + [NLP Corpus](…)``.

    Args:
        document: The card.
        start: After ``trained on``.
        end: Where the sentence ends.
        shapes: Whether the look of a name is enough; else it must be linked, known, or called data.
    """
    found: list[DataName] = []
    is_sure = False
    for name in _items(document, start, end):
        if not is_name(name.text) or (name.how == "plain" and _EITHER.match(name.text)):
            break
        if name.how != "known" and _TOOL_AFTER.match(document.plain, name.end, end):
            break
        sure = name.how in {"known", "noun"} or benchmark(name.text) is not None
        sure = sure or _CALLED.search(name.text) is not None
        sure = sure or (shapes and (name.how == "link" or bool(_SHAPE.search(name.text))))
        if name.how == "plain" and not sure and not name.text[0].isupper():
            break
        is_sure = is_sure or sure
        found.append(name)
        if len(found) >= MAX_ITEMS:
            break
    return found if is_sure else []


def _items(document: Document, at: int, end: int) -> Iterator[DataName]:
    near = document.links_from(at - 2, end, in_text=True)
    links = {link.at: link for link in near if _is_words(link)}
    plain = document.plain
    while at < end:
        at = _skipped(plain, at, end, links)
        link = links.get(at)
        if link is not None:
            text, last, how = link.text, link.end_at, "link"
            if NOT_DATA_URL.search(link.url):
                return
        elif known := KNOWN.match(plain, at, end):
            text, last, how = known[1], known.end(1), "known"
        elif match := _NAME.match(plain, at, end):
            text, last, how = (
                match[0].rstrip(".,"),
                match.start() + len(match[0].rstrip(".,")),
                "plain",
            )
        else:
            return
        after = _AFTER.match(plain, last, end)
        if after is not None and after[1] and how != "known":
            how = "noun"
        yield DataName(text.strip(" \"'`*"), at, last, how)
        at = after.end() if after is not None else last
        step = _AND.match(plain, at, end)
        if step is None:
            return
        at = step.end()


def _is_words(link: CardLink) -> bool:
    return not link.is_image and not link.is_in_table and link.end_at > link.at


def _skipped(plain: str, at: int, end: int, links: dict[int, CardLink]) -> int:
    """Return where articles, amounts and the like end."""
    while at < end and at not in links:
        if KNOWN.match(plain, at, end):
            break
        match = _SKIP.match(plain, at, end) or _ADJECTIVE.match(plain, at, end)
        if match is None or not match[0]:
            break
        at = match.end()
    return at

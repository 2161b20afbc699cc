"""Names of metrics and of well-known test data, as result tables write them."""

from __future__ import annotations

import re
from functools import lru_cache

from miner.pipelines.derive.cards import tongues
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

METRIC = bounded(
    r"""(?<![a-z])(?:(?:root[\s_])?mean[\s_](?:squared|absolute)(?:[\s_]percentage)?[\s_]error
    |acc(?:uracy)?(?:[_\s-]?norm)?|(?:macro|micro|weighted|avg)?[\s_-]*f-?1(?:[\s_-]*score)?
    |f-?score|f[- ]measure|prec(?:ision)?|recall|(?:sacre)?bleu(?:[-_\s]?\d)?|(?:r|rouge
    |rogue)[-_\s]?(?:1|2|l(?:sum)?)
    |meteor|bert[-_\s]?score|chr-?f(?:\+\+|2)?|ter|comet|wer|cer|per|mer|loss|perplexity|ppl
    |bits[_\s]per[_\s]byte
    |em|exact(?:[_\s]match)?|map(?:@?[\d.:-]+)?|ap(?:50|75)?|m?iou|dice|pixel[\s_]acc
    |spearman\w*|pearson\w*|kendall\w*
    |cos(?:ine)?[\s_-]sim\w*|mrr(?:@?\d+)?|ndcg(?:[@_]?(?:at_)?\d+)?|recall@?\d+|r@\d+
    |hits?@\d+|(?:roc[-_\s]?)?auc(?:[-_\s]?roc)?|mcc
    |matthews\w*|r2|r-squared|mse|rmse|mae|mape|absrel|abs[_\s]rel|psnr|ssim|fid|inception
    |mos|utmos|pesq|stoi|si-?snr\w*|(?:si[-_]?)?sdr\w*|s[ia]r(?:_imp)?|bpb
    |top-?\s?[15]|pass@?\d+|average|avg\.?|mean|overall|total|score|win[\s-]?rate|elo|uas
    |las|ents_[fpr]|tag_acc|eer|der
    |kappa|specificity|sensitivity|g-?mean|gmean|jaccard|hamming|nll|elbo|reward(?:s/\w+)?|gen[_\s]len|cider|spice|success[\s_-]rate)(?![a-z])""",
    re.IGNORECASE | re.VERBOSE,
)  # fmt: skip
_NAMES = r"""
 arc[-_ ]?(?:\(?(?:challenge|easy)\)?|[ce])?(?:[-_ ]c(?:hallenge)?)?|hellaswag|mmlu(?:[-_ ]?(?:pro|redux))?|cmmlu|c-?eval
 |truthful[-_ ]?qa(?:[-_ ]mc[12]?)?|wino[-_ ]?grande|wino[-_ ]?gender|wino[-_ ]?bias
 |gsm[-_ ]?8k|math(?:[-_ ]?500)?|human[-_ ]?eval(?:\+|[-_ ]?plus)?|mbpp(?:\+|[-_ ]?plus)?
 |bbh|big[-_ ]?bench(?:[-_ ]hard)?|drop|boolq|piqa|siqa|social[-_ ]?iqa|openbookqa|obqa
 |commonsense[-_ ]?qa|csqa|lambada|sciq|logiqa
 |triviaqa|natural[-_ ]?questions|nq|naturalqa|hotpot[-_ ]?qa|quac|race(?:-[hm])?|record
 |copa|cb|wic|wsc(?:273)?|multirc|rte|mnli(?:[-_ ]?\(?m{1,2}(?:/mm)?\)?)?|qnli|qqp
 |sst[-_ ]?[25]
 |cola|sts[-_ ]?b(?:enchmark)?|sts1[2-6]|sick-?r?|mrpc|wnli|snli|anli|xnli|xcopa|xquad|mlqa
 |tydi[-_ ]?qa|paws[-_ ]?x?|glue|super[-_ ]?glue|klue|squad(?:[-_ ]?(?:v?[12](?:\.[01])?))?
 |imdb|ag[-_ ]?news|yelp\w*|amazon[-_ ]?polarity|conll[-_ ]?(?:\d{2,4})?(?:[-_ ]?\+\+)?
 |ontonotes(?:[-_ ]?(?:v?5(?:\.0)?))?|wnut[-_ ]?(?:17)?|wikiann|panx|ncbi[-_ ]disease|bc5cdr
 |jnlpba|bc2gm|linnaeus
 |(?:ls|mls|mcv|voxpopuli)[-_ ]test(?:[-_ ](?:clean|other|\d[\d.]*))?|wsj(?:[-_ ](?:eval
 |dev)\d+)?|j(?:squad|nli|sts|cola|commonsenseqa)|marc[-_]ja|jglue|alignbench
 |german_rag_eval|librispeech(?:[-_ ](?:test[-_ ])?(?:clean|other))?
 |common[-_ ]?voice(?:[-_ ]?\d+(?:[._]\d)?)?|fleurs|voxpopuli|tedlium|gigaspeech|ami
 |earnings[-_ ]?22|switchboard|callhome|aishell[-_ ]?\d?|timit|ljspeech|vctk
 |voxceleb[-_ ]?\d?|musan|esc-?50|speech[-_ ]commands|audioset
 |imagenet(?:[-_ ]?(?:1k|21k|22k|a|r|v2|sketch|real))?|cifar[-_ ]?10{1,2}|mnist
 |fashion[-_ ]?mnist|coco(?:[-_ ]?\d{4})?|ade[-_ ]?20k|cityscapes|pascal[-_ ]?voc
 |voc[-_ ]?\d{4}|lvis|objects365|kitti|nyu(?:[-_ ]?(?:depth)?[-_ ]?v2)?|food[-_ ]?101
 |stanford[-_ ]cars|inaturalist|flickr[-_ ]?30k|vqa[-_ ]?v?2|gqa|vizwiz|textvqa|ok-?vqa
 |nlvr2|refcoco\+?|scienceqa|sqa|mmmu|mathvista|mm-?vet|pope|mme|mmbench|seed-?bench|chartqa
 |docvqa|infovqa|ai2d|ocrbench
 |cnn[-_/ ]?(?:dm|daily[-_ ]?mail)|xsum|samsum|gigaword|multi[-_ ]?news|reddit[-_ ]?tifu
 |pubmed(?:[-_ ]?qa)?|bioasq|med[-_ ]?qa|med[-_ ]?mcqa|mednli|wmt[-_ ]?\d{2}|iwslt\w*
 |flores[-_ ]?(?:101|200)?(?:[-_ ]devtest)?|tatoeba(?:[-_ ]test[-\w]*)?|newstest\d{4}
 |ntrex\w*|mtop|massive|atis
 |wikitext[-_ ]?(?:2|103)?|ptb|c4|the[-_ ]pile|lm1b|enwik8|ms[-_ ]?marco|beir|mteb|cmteb
 |nfcorpus|fiqa[-_ ]?\d*|scifact|scidocs|trec[-_ ]?(?:covid|dl\w*)?|arguana|touche[-_ ]?\d*
 |quora|dbpedia|fever|climate[-_ ]?fever|miracl|mldr|mr[-_ ]?tydi
 |mt[-_ ]?bench(?:[-_ ]101)?|alpaca[-_ ]?eval(?:[-_ ]?2(?:\.0)?)?(?:[-_ ]lc)?
 |arena[-_ ]?hard(?:[-_ ]v2)?|wild[-_ ]?bench|if[-_ ]?eval|gpqa(?:[-_ ]diamond)?|musr
 |math[-_ ]lvl[-_ ]5|agi[-_ ]?eval|live[-_ ]?(?:code)?[-_ ]?bench
 |swe[-_ ]?bench(?:[-_ ]verified)?|bfcl|toxi[-_ ]?gen|real[-_ ]?toxicity(?:prompts)?
 |crows[-_ ]?pairs|bbq|bold|aime(?:[-_ ]?'?(?:20)?2[45])?|multipl-?e|ds[-_ ]?1000|apps
 |codexglue|code[-_ ]?search[-_ ]?net|spider|bird|evalplus|bigcodebench|mgsm|m-?mmlu
 |multilingual mmlu|ruler|longbench|infinitebench|needle[\w ]*|simpleqa|zebralogic
 |aqua(?:[-_ ]?rat)?|mawps|tabmwp|gsm[-_ ]?(?:hard|plus)|multi-?arith|add-?sub|single-?eq|crux-?eval|math[-_ ]?vision|olympiad[-_ ]?bench|minerva(?:[-_ ]math)?
 |college[-_ ]?math|amc[-_ ]?\d*|gaokao[\w-]*|acp[-_ ]?bench|live[-_ ]?math|omni[-_ ]?math|humanity's last exam|hle|tau[-_ ]?bench|frames|aider\w*|mm[-_ ]?star|real-?world-?qa|hallusion[-_ ]?bench
 |math[-_ ]?verse|blink|video-?mme|mvbench|ego-?schema|perception[-_ ]?test|cmmmu|mmvp|llava[-_ ]?bench|gpqa[-_ ]?main|kobest|kmmlu|haerae|click|ko[-_ ]?bench|logickor|jmmlu|nejumi|elyza[-_ ]?tasks?(?:[-_ ]?100)?
 |cluewsc|tnews|afqmc|ocnli|cmnli|iflytek|csl|chid|c3|lcqmc|bq|paws-?x|sighan\d*|msra(?:[-_ ]ner)?|weibo(?:[-_ ]ner)?|people'?s? ?daily|dureader|cmrc[-_ ]?\d*|drcd
 |germeval\w*|gnad10|germanquad|piaf|fquad|allocine|cls-fr|assin2?|hatebr|faquad|enem|bluex|evalita\w*|sentipolc|parus|rucola|terra|danetqa|rcb|muserc|rwsd|russe|lidirus|mera
 |lfw|cfp-?fp|agedb|market-?1501|dukemtmc|celeba|widerface|crowd-?human|mot-?\d+|dota|xview|fgvc[-_ ]?aircraft|oxford[-_ ]pets?|caltech[-_ ]?101|flowers?[-_ ]?102|dtd|eurosat|sun-?397|places[-_ ]?365|country-?211
 |resisc[-_ ]?45|ucf-?101|hmdb-?51|kinetics[-_ ]?\d*|ssv2|ava|charades|msr-?vtt|msvd|didemo|activitynet|vatex|audiocaps|clotho|vggsound|urbansound-?8k|gtzan|nsynth|iemocap|ravdess|crema-?d|meld
 |chemprot|ddi|hoc|gad|euadr|biosses|medmentions|i2b2[\w-]*|n2c2[\w-]*|mmlu[-_ ]?med\w*|usmle|chexpert|mimic[-_ ]?\w*|tox21|bbbp|clintox|hiv|bace|esol|lipophilicity|freesolv|qm9
 |nq[-_ ]open|webqs|webquestions|story[-_ ]?cloze|prost|mc[-_ ]?taco|headqa|mathqa|asdiv
 |svamp|ethics|nyt|docred|re-?tacred|tacred|semeval\w*|dream|cosmosqa|qasc|art
"""  # noqa: E501 - a vocabulary reads best as one
BENCHMARK = sieved(
    r"(?<![a-z0-9])(?:" + "".join(map(str.strip, _NAMES.splitlines())) + r")(?![a-z0-9])",
    re.IGNORECASE,
)
"""A name of test data, inside a cell or heading."""
NOT_RESULT = bounded(
    r"""^\W*(?:\#(?!\s*value).*|standard[\s_]error|n_(?:wins\w*|draws|total|losses)|no\.?|rank|param.*|.*thresh.*|.*\bparameters?|.*\(m\)|.*\(b\)|model[\s_-]?size|size(?:\W.*)?|epochs?|steps?|training[\s_]loss|train[\s_]loss|support
    |date|year|tokens?(?!_).*|context.*|(?:n|num|number of|few)?[-_ ]?shots?|version
    |.*time.*|.*latency.*|.*speed.*|.*throughput.*|.*memory.*|.*vram.*|.*\bram\b.*|images?
    |img[\s_]?size|image[\s_]size
    |gmacs|macts|flops|gflops|dim(?:ension)?s?|embedding.*|.*vocab.*|\#?\s*(?:sent(?:ence)?s
    |words|examples|samples).*|.*samples?|n|count|batch.*|layers?|heads?|bits?|gs|group.*
    |seq.*length|max.*length
    |temperature|learning[\s_]rate|lr|seed|id|likes|downloads|stars|.*runtime|.*per_second|samples/sec.*|price|cost|sparsity|.*hours?|input.*|output.*|resolution|std|stdev|stderr|duration|crop_pct|grad.*|hidden.*|license|url|iterations?|rtf|.*checkpoint.*|num.*|number.*)\W*$""",
    re.IGNORECASE | re.VERBOSE,
)  # fmt: skip
"""A column or row whose numbers are no results."""
RESULTS = re.compile(
    r"eval|result|performance|benchmark|metric|score|accuracy|leaderboard|comparison|test set"
    r"|bleu|wer\b|" + tongues.RESULTS
)
"""A heading under which results stand, lower case."""

_AMBIGUOUS = frozenset(
    {"math", "art", "drop", "record", "race", "bold", "ethics", "dream", "apps", "bird",
     "spider", "cb", "per", "map", "quora", "ami", "massive", "pope", "fever", "touche", "ter",
     "mme", "nq", "frames", "click", "minerva", "terra", "russe", "mera", "dota", "ava",
     "charades", "meld", "hoc", "gad", "hiv", "bace", "flowers", "csl", "c3", "bq", "blink",
     "enem", "sat", "ddi", "hle", "market1501", "rcb", "aqua", "coco", "copa", "glue", "arc",
     "wic", "cola", "atis", "total", "prost"}
)  # fmt: skip


@lru_cache(maxsize=8192)  # the same heads and labels come again, in one table and in many
def benchmark(text: str) -> re.Match[str] | None:
    """Return the first name of test data in a text; a plain word counts only in capitals."""
    for match in BENCHMARK.finditer(text):
        if match[0] not in _AMBIGUOUS:
            return match
    return None

"""Cards that speak to a language model about what it is to say, openly or hidden.

Such words are seldom meant well, and nobody can tell which other words of the card were written for
the model too. So the whole card is marked, and of what the model reads in it only that is kept
which a rule, or the front matter, says too.
"""

from __future__ import annotations

import re
import unicodedata

from miner.schema.patterns import bounded

_SHOWS_NOTHING = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_LONGEST = 120
_AI = (
    r"(?:ais?|llms?|gpt|chatgpt|claude|gemini|(?:large\s+)?language\s+models?|ai\s+(?:models?"
    r"|assistants?|agents?|readers?|systems?)|assistants?|extractors?)"
)
_WAYS = (
    # English
    r"\b(?:ignore|disregard|forget|override|bypass|skip)\s+(?:(?:all|any|the|your|these|those|of"
    r"|previous|prior|above|earlier|preceding|system|other|following|former)\s+){1,5}"
    r"(?:instructions?|prompts?|rules|directions|directives|commands|orders|guidelines)\b",
    r"(?m:^)\W*(?:note|message|attention|instructions?|notice|important)\s+(?:to|for)\s+(?:(?:the|any"
    rf"|all|every)\s+)*{_AI}\s*[:,!.—-]",
    rf"\b(?:dear|hey|hello|attention|to\s+(?:the|any|all)),?\s+{_AI}\b[^.\n]{{0,60}}\b(?:output"
    r"|report|return|answer|say|state|extract|respond|reply|write|must|should)\b",
    rf"\b{_AI}\s+(?:that\s+)?(?:reads?|reading|parsing|processing)\s+this\b[^.\n]{{0,40}}\s"
    r"(?:must|should|shall|have\s+to|need\s+to)\s+(?:always\s+)?(?:output|report|return|extract"
    r"|state|set|write)\b",
    r"\b(?:if|when)\s+you\s+are\s+an?\s+(?:ai|llm|language\s+model)\b",
    r"[\"']value[\"']\s*:[^{}\n]{0,200}[\"']quote[\"']\s*:",
    r"\byou\s+(?:must|should|shall|are\s+to|will\s+now)\s+(?:now\s+)?(?:output|report|extract|state)"
    r"\s+(?:that|the\s+(?:license|value|field|following)|only|exactly)\b",
    # German
    r"\b(?:ignorier\w*|vergiss|vergessen\s+sie|missachte\w*)\s+(?:(?:sie|alle|die|das|deine|ihre"
    r"|bisherigen?|vorherigen?|vorigen?|obigen?|früheren?|anderen?)\s+){1,5}(?:anweisung\w*"
    r"|instruktion\w*|regeln|vorgaben|befehle|hinweise|prompts?)",
    r"\b(?:hinweis|nachricht|anweisung)\s+(?:an|für)\s+(?:(?:die|das|den|alle|jede[ns]?)\s+)*(?:kis?"
    r"|sprachmodelle?|llms?|assistent\w*|ki-\w+)\b",
    # French, Spanish, Portuguese, Italian
    r"\b(?:ignore[zr]?|oublie[zr]?)\s+(?:(?:toutes?|tous|les|tes|vos|ces)\s+){1,4}(?:\w+\s+)?"
    r"(?:instructions|consignes|règles|directives|ordres)",
    r"\b(?:ignor[ae]n?|olvid[ae]n?|descart[ae]n?|esque[çc]a|desconsidere)\s+(?:(?:todas?|todos|as|os"
    r"|las|los|tus|sus|suas|estas|essas)\s+){1,4}(?:\w+\s+)?(?:instrucciones|instruções|reglas"
    r"|regras|indicaciones|órdenes|ordens)",
    r"\b(?:ignora(?:te)?|dimentica(?:te)?)\s+(?:(?:tutte|le|tue|queste)\s+){1,4}(?:\w+\s+)?"
    r"(?:istruzioni|regole|indicazioni)",
    r"\b(?:nota|aviso|mensaje|mensagem|note|message|messaggio)\s+(?:para|à|a|pour|per)\s+(?:(?:la|las"
    r"|los|el|o|os|as|l|le|les|gli|i)\s+)*(?:ias?|llms?|modelos?\s+de\s+(?:lenguaje|linguagem)"
    r"|modèles?\s+de\s+langage|modelli?\s+linguistic\w+)\b",
    # Russian
    r"\b(?:про)?игнорируй(?:те)?\s+(?:\w+\s+){0,4}(?:инструкци\w+|указани\w+|правил\w*|команд\w*)",
    r"\bзабудь(?:те)?\s+(?:\w+\s+){0,4}(?:инструкци\w+|указани\w+|правил\w*|команд\w*)",
    r"\b(?:сообщение|примечание|инструкция)\s+для\s+(?:\w+\s+){0,2}(?:ии|языков\w+\s+модел\w+|llm)\b",
    # Chinese, Japanese, Korean
    r"(?:忽略|无视|無視|忘记|忘掉|忘記|不要理会|不要理會)[^。.\n]{0,14}(?:指令|指示|提示|规则|規則|命令)",
    r"(?:致|给|給)\s?(?:所有|任何|各位)?\s?(?:AI|人工智能|人工智慧|语言模型|語言模型|大模型|LLM)\s?[:：,，]",
    r"(?:以前|上記|これまで|前|すべて|全て)[^。\n]{0,10}(?:指示|命令|ルール|指令|プロンプト)[^。\n]{0,6}"
    r"(?:無視|忘れ)",
    r"(?:AI|LLM|言語モデル)(?:アシスタント)?\s?(?:へ|への|宛)\s?の?(?:注意|指示|メッセージ|お願い)",
    r"(?:이전|위의?|앞의?|모든|지금까지)[^.\n]{0,10}(?:지시|명령|규칙|지침|프롬프트)[^.\n]{0,6}(?:무시|잊)",
    # Arabic
    r"(?:تجاهل|انس|أهمل)[^.\n]{0,24}(?:التعليمات|تعليمات|الأوامر|القواعد|الإرشادات)",
)
_ADDRESSED = bounded("|".join(_WAYS), re.IGNORECASE)


def addressed(card: str) -> str:
    """Return the words by which a card speaks to a model; empty: it does not.

    Args:
        card: All of it, comments and what is not shown too.
    """
    text = _SHOWS_NOTHING.sub("", unicodedata.normalize("NFKC", card))
    match = _ADDRESSED.search(text)
    return " ".join(match[0].split())[:_LONGEST] if match is not None else ""

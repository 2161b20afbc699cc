"""Names that cards use for licenses and languages, and the keys they stand for."""

from __future__ import annotations

import re
import unicodedata

from miner.schema.patterns import bounded

_LANGUAGES = (
    "af afr Afrikaans|am amh Amharic|ar ara Arabic|as asm Assamese|az aze Azerbaijani|"
    "ba bak Bashkir|be bel Belarusian|bg bul Bulgarian|bn ben Bengali|bo bod Tibetan|br bre Breton|"
    "bs bos Bosnian|ca cat Catalan|co cos Corsican|cs ces Czech|cy cym Welsh|da dan Danish|"
    "de deu German|dv div Dhivehi|el ell Greek|en eng English|eo epo Esperanto|es spa Spanish|"
    "et est Estonian|eu eus Basque|fa fas Persian|fi fin Finnish|fo fao Faroese|fr fra French|"
    "fy fry Frisian|ga gle Irish|gd gla Gaelic|gl glg Galician|gn grn Guarani|gu guj Gujarati|"
    "ha hau Hausa|he heb Hebrew|hi hin Hindi|hr hrv Croatian|ht hat Haitian|hu hun Hungarian|"
    "hy hye Armenian|ia ina Interlingua|id ind Indonesian|ig ibo Igbo|is isl Icelandic|"
    "it ita Italian|ja jpn Japanese|jv jav Javanese|ka kat Georgian|kk kaz Kazakh|km khm Khmer|"
    "kn kan Kannada|ko kor Korean|ku kur Kurdish|ky kir Kyrgyz|la lat Latin|lb ltz Luxembourgish|"
    "ln lin Lingala|lo lao Lao|lt lit Lithuanian|lv lav Latvian|mg mlg Malagasy|mi mri Maori|"
    "mk mkd Macedonian|ml mal Malayalam|mn mon Mongolian|mr mar Marathi|ms msa Malay|"
    "mt mlt Maltese|my mya Burmese|ne nep Nepali|nl nld Dutch|nn nno Nynorsk|no nor Norwegian|"
    "ny nya Chichewa|oc oci Occitan|om orm Oromo|or ori Odia|pa pan Punjabi|pl pol Polish|"
    "ps pus Pashto|pt por Portuguese|qu que Quechua|rm roh Romansh|ro ron Romanian|"
    "ru rus Russian|rw kin Kinyarwanda|sa san Sanskrit|sd snd Sindhi|si sin Sinhala|"
    "sk slk Slovak|sl slv Slovenian|sm smo Samoan|sn sna Shona|so som Somali|sq sqi Albanian|"
    "sr srp Serbian|st sot Sotho|su sun Sundanese|sv swe Swedish|sw swa Swahili|ta tam Tamil|"
    "te tel Telugu|tg tgk Tajik|th tha Thai|ti tir Tigrinya|tk tuk Turkmen|tl tgl Tagalog|"
    "tn tsn Tswana|tr tur Turkish|tt tat Tatar|ug uig Uyghur|uk ukr Ukrainian|ur urd Urdu|"
    "uz uzb Uzbek|vi vie Vietnamese|wo wol Wolof|xh xho Xhosa|yi yid Yiddish|yo yor Yoruba|"
    "zh zho Chinese|zu zul Zulu"
)
_OTHER_NAMES = {
    "ger": "de", "fre": "fr", "chi": "zh", "dut": "nl", "cze": "cs", "gre": "el", "per": "fa",
    "rum": "ro", "slo": "sk", "alb": "sq", "arm": "hy", "baq": "eu", "bur": "my", "geo": "ka",
    "ice": "is", "mac": "mk", "mao": "mi", "may": "ms", "tib": "bo", "wel": "cy", "cmn": "zh",
    "mandarin": "zh", "mandarin chinese": "zh", "simplified chinese": "zh", "farsi": "fa",
    "slovene": "sl", "castilian": "es", "zh-cn": "zh", "jp": "ja", "kr": "ko", "cn": "zh",
    "deutsch": "de", "français": "fr", "español": "es", "italiano": "it", "中文": "zh",
    "日本語": "ja", "한국어": "ko", "русский": "ru", "português": "pt", "pt-br": "pt-br",
}  # fmt: skip
LANGUAGE_CODES: dict[str, str] = dict(_OTHER_NAMES)
"""Codes of three letters and names, lower case → ISO 639-1."""
LANGUAGE_NAMES: dict[str, str] = {}
"""English names → ISO 639-1."""
for _entry in _LANGUAGES.split("|"):
    _code, _three, _name = _entry.split(" ")
    LANGUAGE_CODES[_three] = LANGUAGE_CODES[_name.lower()] = _code
    LANGUAGE_NAMES[_name] = _code
LANGUAGE_NAMES |= {"Farsi": "fa", "Mandarin": "zh"}

_LICENSES: tuple[tuple[str, str], ...] = (
    (
        r"apache[\s-]*(?:software\s*)?(?:licen[sc]e)?[\s,]*(?:version"
        r"|v)?\.?[\s-]*2(?:\.0)?", "apache-2.0"),
    (r"cc[\s-]*by[\s-]*nc[\s-]*sa[\s-]*(\d\.\d)", "cc-by-nc-sa-{}"),
    (r"cc[\s-]*by[\s-]*nc[\s-]*nd[\s-]*(\d\.\d)", "cc-by-nc-nd-{}"),
    (r"cc[\s-]*by[\s-]*nc[\s-]*(\d\.\d)", "cc-by-nc-{}"),
    (r"cc[\s-]*by[\s-]*sa[\s-]*(\d\.\d)", "cc-by-sa-{}"),
    (r"cc[\s-]*by[\s-]*nd[\s-]*(\d\.\d)", "cc-by-nd-{}"),
    (r"cc[\s-]*by[\s-]*(\d\.\d)", "cc-by-{}"),
    (r"cc[\s-]*by[\s-]*nc[\s-]*sa", "cc-by-nc-sa"),
    (r"cc[\s-]*by[\s-]*nc[\s-]*nd", "cc-by-nc-nd"),
    (r"cc[\s-]*by[\s-]*nc", "cc-by-nc"), (r"cc[\s-]*by[\s-]*sa", "cc-by-sa"),
    (r"cc[\s-]*by[\s-]*nd", "cc-by-nd"), (r"cc[\s-]*by", "cc-by"),
    (r"cc0(?:[\s-]*1\.0)?", "cc0-1.0"),
    (r"creative commons attribution[\s-]*non[\s-]?commercial[\s-]*share[\s-]?alike (\d\.\d)",
     "cc-by-nc-sa-{}"),
    (r"creative commons attribution[\s-]*non[\s-]?commercial (\d\.\d)", "cc-by-nc-{}"),
    (r"creative commons attribution[\s-]*share[\s-]?alike (\d\.\d)", "cc-by-sa-{}"),
    (r"creative commons attribution (\d\.\d)", "cc-by-{}"),
    (r"(?:gnu )?agpl[\s-]*v?3(?:\.0)?", "agpl-3.0"),
    (r"(?:gnu )?lgpl[\s-]*v?3(?:\.0)?", "lgpl-3.0"),
    (r"(?:gnu )?lgpl[\s-]*v?2\.1", "lgpl-2.1"),
    (r"gnu general public license[\s,]*(?:version|v)?\s*3(?:\.0)?", "gpl-3.0"),
    (r"(?:gnu )?gpl[\s-]*v?3(?:\.0)?", "gpl-3.0"),
    (r"(?:gnu )?gpl[\s-]*v?2(?:\.0)?", "gpl-2.0"),
    (r"bsd[\s-]*3(?:[\s-]clause)?", "bsd-3-clause"),
    (r"bsd[\s-]*2(?:[\s-]clause)?", "bsd-2-clause"),
    (r"(?:creativeml[\s-]*)?open[\s-]?rail\+\+(?:[\s-]*m)?", "openrail++"),
    (r"creativeml[\s-]*open[\s-]?rail[\s-]*m", "creativeml-openrail-m"),
    (
        r"bigscience[\s-]*(?:bloom[\s-]*)?rail(?:[\s-]*(?:license)?[\s-]*v?1\.0)?",
            "bigscience-bloom-rail-1.0"),
    (r"bigscience[\s-]*open[\s-]?rail[\s-]*m", "bigscience-openrail-m"),
    (r"bigcode[\s-]*open[\s-]?rail[\s-]*m", "bigcode-openrail-m"),
    (r"open[\s-]?rail(?:[\s-]*m)?", "openrail"),
    (r"llama[\s-]*3\.(\d)(?: community license(?: agreement)?)?", "llama3.{}"),
    (r"llama[\s-]*3 community license(?: agreement)?", "llama3"),
    (r"llama[\s-]*2 community license(?: agreement)?", "llama2"),
    (r"gemma(?: license| terms of use)?", "gemma"),
    (r"unlicense", "unlicense"), (r"wtfpl", "wtfpl"), (r"mpl[\s-]*2(?:\.0)?", "mpl-2.0"),
    (
        r"(?:the )?mit",
            "mit"), (r"afl[\s-]*3\.0", "afl-3.0"), (r"artistic[\s-]*2\.0", "artistic-2.0"),
)  # fmt: skip
_SUFFIX = bounded(r"[\s,]*(?:license|licence|licensed|agreement)?\.?$")
_LICENSE_FORMS = tuple((bounded(rf"(?:the\s+)?{pattern}$"), key) for pattern, key in _LICENSES)
LICENSE_IN_TEXT = bounded(
    r"(?<![\w/.-])(?:"
    + "|".join(re.sub(r"\((?!\?)", "(?:", pattern) for pattern, _ in _LICENSES[:-3])
    + r"|mit)(?=[\s,.;:)\]*`_\"'|\u3001-\u30ff\u4e00-\u9fff]|$)",
    re.IGNORECASE,
)


def license_key(value: object) -> str:
    """Return the Hub's key of a license, else its name in lower case with hyphens."""
    form = unicodedata.normalize("NFKC", str(value)).casefold()
    form = re.sub(r"\s+", " ", re.sub(r"[*`\"'\[\]]", "", form)).strip(" .")
    bare = _SUFFIX.sub("", form).strip()
    for pattern, key in _LICENSE_FORMS:
        if match := pattern.match(bare):
            return key.format(*match.groups())
    return re.sub(r"[\s_]+", "-", form)

"""What the columns of a table hold: names, data, settings, values, amounts, metrics.

One place decides it from the header; the rules for training data, settings and results ask here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from miner.pipelines.derive.cards.benchmarks import METRIC
from miner.pipelines.derive.cards.document import CardTable
from miner.pipelines.derive.cards.hyperparameters import name_of
from miner.schema.patterns import bounded

MAX_HEAD = 80
MAX_ROWS = 60


class ColumnRole(StrEnum):
    """What a column holds."""

    MODEL = "model"
    DATA = "data"
    TRAINED_ON = "trained-on"
    SETTING = "setting"
    KEY = "key"
    VALUE = "value"
    NOTE = "note"
    UNIT = "unit"
    AMOUNT = "amount"
    METRIC = "metric"
    LANGUAGE = "language"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CellColumn:
    """A column of a table.

    Attributes:
        index: Its place, 0 is the first.
        role: What it holds.
        setting: Name of the hyper-parameter that the header says, empty for other columns.
    """

    index: int
    role: ColumnRole
    setting: str = ""


_HEADS: tuple[tuple[ColumnRole, re.Pattern[str]], ...] = tuple(
    (role, bounded(rf"^\W*(?:{words})\W*$", re.IGNORECASE))
    for role, words in (
        (ColumnRole.TRAINED_ON,
         r"(?:(?:pre-?)?train(?:ing|ed)?|fine-?tun(?:ing|ed))[ -]?(?:on|data(?:\s?sets?)?|sets?"
         r"|corpus|corpora)"),
        (ColumnRole.DATA,
         r"data\s?sets?(?: (?:names?|used))?|names? of (?:the )?(?:data\s?sets?|corpus)|corpus"
         r"(?: name)?|corpora|data sources?|sources?|data|数据集|データセット|데이터셋"),
        (ColumnRole.MODEL,
         r"(?:.{0,15}\b)?models?(?: names?)?|methods?|systems?|checkpoints?|networks?|versions?"
         r"|variants?|模型|モデル|모델"),
        (ColumnRole.KEY,
         r"(?:(?:hyper-?|training |model )?param(?:eter)?s?|settings?|config(?:uration)?s?|key"
         r"|argument|option|attribute|item|property|参数|超参数|パラメータ)(?: names?)?"),
        (ColumnRole.VALUE, r"(?:default |used |chosen )?values?(?: used)?|used|值|取值|値|값"),
        (ColumnRole.UNIT, r"units?|unit of measure(?:ment)?"),
        (ColumnRole.NOTE,
         r"descriptions?|notes?|comments?|remarks?|details?|explanation|备注|说明"),
        (ColumnRole.LANGUAGE, r"lang(?:uage)?s?(?: codes?)?|iso(?: code)?|语言|言語|언어"),
        (ColumnRole.AMOUNT,
         r"(?:.{0,20}\b)?(?:tokens?|sizes?|pairs|tuples|samples|examples|sentences|hours|images"
         r"|weight|proportion|ratio|words|documents|rows|split|epochs|count|number|utter\w*"
         r"|licen[sc]e|links?|urls?|domains?|types?)(?: \(.{0,12}\))?|%"),
    )
)  # fmt: skip
_AMOUNT_INSIDE = re.compile(
    r"token|size|pairs|tuples|samples|examples|sentences|hours|images|weight|proportion|words|%"
    r"|documents|rows|split|license|link|language|epoch|count|number|utteran",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def role_of(head: str) -> ColumnRole:
    """Return what a column holds by its header alone."""
    for role, pattern in _HEADS:
        if pattern.match(head):
            return role
    if METRIC.search(head):
        return ColumnRole.METRIC
    return ColumnRole.AMOUNT if _AMOUNT_INSIDE.search(head) else ColumnRole.OTHER


_COUNTED = bounded(r"^\W*(?:#|no\.|nr\.|num\.?|number)\s*(?:of\s+)?", re.IGNORECASE)
_ABBREVIATIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bl\.\s?r\.?(?=\W|$)"), "learning rate"),
    (re.compile(r"\bgrad\.?(?= acc)"), "gradient"),
    (re.compile(r"\bacc(?:um)?\.?(?= steps?\b|$)"), "accumulation"),
    (re.compile(r"\b(?:max|init|peak|maximum|initial)\.?\s+(?=learning rate|lr\b)"), ""),
    (re.compile(r"\bseq\.?(?= len)"), "sequence"),
    (re.compile(r"\blen\b\.?"), "length"),
    (re.compile(r"\bbs\b|\bbatch\.? sz\b"), "batch size"),
)


@lru_cache(maxsize=4096)
def setting_of(head: str) -> str:
    """Return the hyper-parameter that a header or label names, also abbreviated, else ''.

    ``# of Grad. Acc. Steps`` are ``gradient_accumulation_steps``.
    """
    if len(head) > MAX_HEAD:
        return ""
    text = _COUNTED.sub("", head.strip(" *_`:").lower())
    for pattern, words in _ABBREVIATIONS:
        text = pattern.sub(words, text)
    return name_of(head) or name_of(text)


def columns(table: CardTable) -> list[CellColumn]:
    """Return the columns of a table by its header."""
    found = []
    for index, cell in enumerate(table.header):
        role, setting = role_of(cell.text), setting_of(cell.text)
        if setting and role in {ColumnRole.OTHER, ColumnRole.AMOUNT, ColumnRole.METRIC}:
            role = ColumnRole.SETTING
        found.append(CellColumn(index, role, setting if role is ColumnRole.SETTING else ""))
    return found


def first(table: CardTable, *roles: ColumnRole) -> int | None:
    """Return the place of the first column that has one of several roles, None without."""
    return next((column.index for column in columns(table) if column.role in roles), None)


LEAST_SETTINGS = 2


def key_column(table: CardTable) -> int | None:
    """Return the column whose cells name settings, None where rows are something else."""
    best, place = LEAST_SETTINGS - 1, None
    for index in range(min(2, len(table.header))):
        cells = [row[index].text for row in table.rows[:MAX_ROWS] if len(row) > index]
        named = sum(bool(setting_of(text)) for text in cells)
        if named > best:
            best, place = named, index
    return place


def value_column(table: CardTable, key: int) -> int | None:
    """Return the column with the values of settings, None where several could be.

    Args:
        table: A table of three columns or more.
        key: The column that names the settings.
    """
    rest = [column for column in columns(table) if column.index > key]
    called = [column.index for column in rest if column.role is ColumnRole.VALUE]
    if len(called) == 1:
        return called[0]
    others = [
        column.index for column in rest if column.role not in {ColumnRole.NOTE, ColumnRole.UNIT}
    ]
    return others[0] if len(others) == 1 else None

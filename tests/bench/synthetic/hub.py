"""A Hub made of formulas: what model number i is follows from (seed, size, epoch, i) alone.

Models are numbered in the order of their creation. Nothing is stored: a record of any page of
3.1 million is as cheap as the first one. The state of the Hub moves in epochs of one week:
epoch 0 is the first sight; in epoch e (1 to 9) there are, by the number's remainder,

- new models: 0.7 % of the size, at the end,
- changed ones (sha and lastModified): ``i % 100 == 50 + e``,
- deleted ones: ``i % 1000 == 560 + e``,
- renamed ones: ``i % 2000 == 1070 + e``,
- newly gated ones: ``i % 5000 == 3080 + e``,
- downloads moved, nothing else: ``i % 5 < 2``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from tests.bench.synthetic.vocabulary import (
    FAMILY_POOL,
    OWNER_FIRST,
    OWNER_SECOND,
    POOL_MASK,
    RELATION_POOL,
    SUFFIXES,
    Family,
)

START = 1_646_263_744  # 2022-03-02T23:29:04Z, the floor of the real Hub's createdAt
END = 1_790_985_600  # 2026-10-03T00:00:00Z
WEEK = 7 * 86_400
UPLOAD_SECONDS = 97  # from the creation of a repository to the end of its upload
RECENT_WINDOW = 180 * 86_400  # in which a quarter of the older models was last modified
GROWTH = 1 / 1.8  # models grow with time to the power of 1.8
LEGACY_SHARE = 0.01  # models older than the floor: all of them show the floor
CHILD_SHARE = 0.28
_SHUFFLE = 2_654_435_761  # a prime above any size: rank = (number * it) % count is a permutation
_UNPACK = struct.Struct("<16I").unpack


@dataclass(frozen=True, slots=True)
class Facts:
    """What a model is, apart from what its epoch adds.

    Attributes:
        number: Its place in the order of creation.
        bits: 16 random numbers of 32 bits.
        digest: The bytes they were read from.
        relation: To its bases; empty without one.
        parents: Numbers of its bases, each smaller than its own.
        family: Taken over from the first base.
        size: Name part and parameters, taken over too.
        stem: Name without owner and number.
    """

    number: int
    bits: tuple[int, ...]
    digest: bytes
    relation: str
    parents: tuple[int, ...]
    family: Family
    size: tuple[str, int]
    stem: str


class SyntheticHub:
    """Models by number, and the times and states that orders and epochs need.

    Args:
        size: Models at epoch 0.
        seed: Another seed gives other models of the same shape.
        epoch: Weeks after the first sight, 0 to 9.
    """

    def __init__(self, size: int, seed: int = 0, epoch: int = 0) -> None:
        if size < 1 or not 0 <= epoch <= 9:
            raise ValueError("size must be positive and epoch 0 to 9")
        self.size, self.seed, self.epoch = size, seed, epoch
        self.new_a_week = max(1, size * 7 // 1000)
        self.total = size + epoch * self.new_a_week
        self.now = END + epoch * WEEK
        self.owner_count = max(1, size // 8)
        self._seed = seed.to_bytes(8, "little", signed=True)
        self._legacy = int(size * LEGACY_SHARE)
        self._touched_below = self._first_created_from(END - RECENT_WINDOW)
        self.facts = lru_cache(maxsize=8192)(self._facts)

    def _first_created_from(self, second: int) -> int:
        """Return the first number of epoch 0 created at or after a time."""
        low, high = 0, self.size
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.created(middle) < second else (low, middle)
        return low

    def created(self, number: int) -> int:
        """Return createdAt in seconds since 1970, UTC; never falling with the number."""
        if number < self._legacy:
            return START
        if number >= self.size:
            return END + (number - self.size + 1) * WEEK // (self.new_a_week + 1)
        share = (number + 1 - self._legacy) / (self.size - self._legacy)
        return START + int((END - 3600 - START) * share**GROWTH)

    def uid(self, number: int) -> str:
        """Return the 24 hex digits of ``_id``: creation in seconds, then the number."""
        return f"{self.created(number):08x}{number:016x}"

    def changed_in(self, number: int) -> int:
        """Return the epoch that changed a model's files, 0 for none so far."""
        epoch = number % 100 - 50
        return epoch if 0 < epoch <= self.epoch and number < self.size else 0

    def is_deleted(self, number: int) -> bool:
        """Tell whether a model is no longer there."""
        return number < self.size and 0 < number % 1000 - 560 <= self.epoch

    def is_renamed(self, number: int) -> bool:
        """Tell whether a model goes by another name than at epoch 0."""
        return number < self.size and 0 < number % 2000 - 1070 <= self.epoch

    def gating(self, facts: Facts) -> str:
        """Return ``gated`` as JSON."""
        if facts.number < self.size and 0 < facts.number % 5000 - 3080 <= self.epoch:
            return '"auto"'
        share = facts.bits[13] >> 16 & 1023
        return '"auto"' if share < 20 else '"manual"' if share < 30 else "false"

    def _is_touched(self, number: int) -> bool:
        return number & 3 == 3 and number < self._touched_below

    def modified(self, number: int) -> int:
        """Return lastModified in seconds since 1970, UTC; never before createdAt."""
        if epoch := self.changed_in(number):
            count = self._lane_size(100, 50 + epoch, self.size)
            return self._spread(number // 100, count, END + (epoch - 1) * WEEK, WEEK)
        if self._is_touched(number):
            count = self._lane_size(4, 3, self._touched_below)
            return self._spread(number // 4, count, END - RECENT_WINDOW, RECENT_WINDOW)
        return self.created(number) + UPLOAD_SECONDS

    @staticmethod
    def _lane_size(step: int, first: int, below: int) -> int:
        """Return how many numbers ``first, first + step, …`` lie below a bound."""
        return max(0, (below - first + step - 1) // step)

    @staticmethod
    def _spread(place: int, count: int, start: int, width: int) -> int:
        """Return the time of a lane's member: the lane, shuffled, fills the window evenly."""
        return start + width * (place * _SHUFFLE % count) // count

    def _lane(self, step: int, first: int, below: int, skip: int) -> Iterator[tuple[int, int]]:
        """Yield (rank, number) of a shuffled lane, last modified first, from a rank on."""
        count = self._lane_size(step, first, below)
        inverse = pow(_SHUFFLE, -1, count) if count > 1 else 0
        for rank in range(skip, count):
            yield rank, (count - 1 - rank) * inverse % count * step + first

    def lanes(self, skips: list[int]) -> list[Iterator[tuple[int, int]]]:
        """Return iterators of (rank, number), each by lastModified descending.

        Together they hold every model that is there once: those modified at their upload, the
        quarter modified lately, and one lane for each epoch's changes.

        Args:
            skips: Ranks to begin at, one a lane; ``[]`` for the beginning.
        """
        skips = skips or [0] * (2 + self.epoch)
        uploaded = ((rank, self.total - 1 - rank) for rank in range(skips[0], self.total))
        untouched = (
            (r, n) for r, n in uploaded if not self._is_touched(n) and not self.changed_in(n)
        )
        touched = (
            (r, n)
            for r, n in self._lane(4, 3, self._touched_below, skips[1])
            if not self.changed_in(n)
        )
        changed = [
            self._lane(100, 50 + epoch, self.size, skips[1 + epoch])
            for epoch in range(1, self.epoch + 1)
        ]
        return [untouched, touched, *changed]

    def draw(self, number: int) -> tuple[bytes, tuple[int, ...]]:
        """Return the random bytes of a number, and the same as 16 numbers of 32 bits."""
        digest = blake2b(self._seed + number.to_bytes(8, "little")).digest()
        return digest, _UNPACK(digest)

    @staticmethod
    def _relation(number: int, bits: tuple[int, ...]) -> str:
        if number < 16 or bits[0] >= CHILD_SHARE * 2**32:
            return ""
        return RELATION_POOL[bits[2] & POOL_MASK]

    def _parent(self, number: int, age: int, snap: int) -> int:
        """Return an earlier number: round ones are taken often, so trees have heavy tails.

        Any earlier model is hit evenly, then its number is cut to a multiple of a random power
        of two: a number with k trailing zeros gets about 2**k children. Quantized models are
        passed over; in reality nearly all of them are leaves.
        """
        target = number * age >> 32
        target &= -1 << (snap >> 16) % max(1, target.bit_length())
        while target and self._relation(target, self.draw(target)[1]) == "quantized":
            target -= 1
        return target

    def _facts(self, number: int) -> Facts:
        digest, bits = self.draw(number)
        relation = self._relation(number, bits)
        parents: tuple[int, ...] = ()
        suffix = SUFFIXES[relation][bits[5] & 3]
        if relation:
            parents = (self._parent(number, bits[1], bits[2]),)
            if relation == "merge":
                second = self._parent(number, bits[14], bits[15])
                parents = (*parents, second) if second != parents[0] else parents
            base = self.facts(parents[0])
            family, size = base.family, base.size
        else:
            family = FAMILY_POOL[bits[4] & POOL_MASK]
            size = family.sizes[(bits[5] >> 8) % len(family.sizes)]
        return Facts(
            number, bits, digest, relation, parents, family, size,
            f"{family.stem}-{size[0]}{suffix}",
        )  # fmt: skip

    def owner(self, facts: Facts) -> str:
        """Return the login of a model's owner; few own many."""
        share = facts.bits[3] / 2**32
        place = int(self.owner_count * share * share * share)
        first, second = OWNER_FIRST[place & 31], OWNER_SECOND[place >> 5 & 31]
        return f"{first}-{second}{place >> 10 or ''}"

    def first_name(self, facts: Facts) -> str:
        """Return the name at epoch 0; names end with the number, in hex."""
        return f"{self.owner(facts)}/{facts.stem}-{facts.number:x}"

    def name(self, number: int) -> str:
        """Return the name of today."""
        facts = self.facts(number)
        if self.is_renamed(number):
            return f"{self.owner(facts)}/{facts.stem}-renamed-{number:x}"
        return self.first_name(facts)

    def find(self, name: str) -> int | None:
        """Return the number of the model of a name, old or new; None where there is none."""
        try:
            number = int(name.rpartition("-")[2], 16)
        except ValueError:
            return None
        if not 0 <= number < self.total or self.is_deleted(number):
            return None
        known = {self.name(number), self.first_name(self.facts(number))}
        return number if name in known else None

    def sha(self, facts: Facts) -> str:
        """Return the head revision, 40 hex digits."""
        return f"{self.changed_in(facts.number):02x}{facts.digest[:19].hex()}"

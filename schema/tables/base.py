"""What all tables share: metadata, names of constraints, column kinds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Key = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
"""Surrogate key. It never leaves the store."""

Time = Annotated[datetime, mapped_column(DateTime(timezone=False))]
"""A UTC timestamp, stored without zone."""

Count = Annotated[int, mapped_column(BigInteger)]
Words = Annotated[str, mapped_column(Text)]
Json = Annotated[Any, mapped_column(JSON)]
"""A JSON list or object, as text in SQLite."""


class Base(DeclarativeBase):
    """Declarative base; the classes are for readers, writers use their tables."""

    metadata = metadata

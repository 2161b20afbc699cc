"""What license everything states, in one table: models, datasets, what others only name.

A declared license comes first, then what the text of a card states; a license file says which one
it is that a tag calls other, and an address of another model's license file stands for the license
of that model.
"""

from __future__ import annotations

from miner.db.analytics import DuckDBConnection
from miner.pipelines.derive.licenses.questions import LicenseJudge
from miner.pipelines.derive.licenses.text_statements import license_of
from miner.pipelines.derive.licenses.work_tables import register

_TEXT_LICENSES = """
CREATE TABLE store.text_license AS
SELECT
    text.hub,
    text.model,
    text.field,
    text.source,
    text.is_chosen,
    lower(CASE
        WHEN read_text.license ^@ 'other' AND linked.license IS NOT NULL THEN linked.license
        ELSE coalesce(read_text.license, text.name)
    END) AS license
FROM (
    SELECT
        hub,
        model,
        field,
        source,
        is_chosen,
        value_text AS name,
        coalesce(qualifiers ->> '$.link', '') AS link,
        coalesce(qualifiers ->> '$.limit', '') AS limited_to
    FROM published.extracted_field
    WHERE field IN ('license', 'license_in_text')
        AND state = 'stated'
        AND value_text IS NOT NULL
        -- a license of the code is not that of the weights
        AND coalesce(qualifiers ->> '$.scope', '') <> 'code'
) AS text
LEFT JOIN store.read_text USING (name, link, limited_to)
LEFT JOIN store.linkable AS linked
    ON linked.hub = text.hub AND linked.name = lower(linked_model(text.link))
"""
"""What cards state in their text, as a statement; one that several words make is read once."""

_TEXTS = """
SELECT DISTINCT
    value_text,
    coalesce(qualifiers ->> '$.link', ''),
    coalesce(qualifiers ->> '$.limit', '')
FROM published.extracted_field
WHERE field = 'license_in_text' OR (field = 'license' AND source <> 'card')
UNION
SELECT '', trim(license_link), ''
FROM published.license_statement
WHERE is_chosen AND source <> 'license-file' AND trim(license_link) <> ''
ORDER BY ALL
"""

_DECLARED = r"""
CREATE OR REPLACE MACRO linked_model(address) AS nullif(
    regexp_extract(
        address,
        '(?i)https?://(?:www\.)?(?:huggingface\.co|hf\.co)/([^/\s]+/[^/\s]+)/(?:blob|resolve|raw)/'
        '[^/\s]+/[^?#\s]*licen[sc]e',
        1
    ),
    ''
);

CREATE TABLE store.declared_license AS
SELECT
    hub,
    subject_kind AS kind,
    subject AS name,
    lower(string_agg(
        CASE
            WHEN canonical <> 'other' THEN canonical
            WHEN trim(license_name) <> '' THEN 'other(' || trim(license_name) || ')'
            WHEN trim(license_link) <> '' THEN 'other(' || trim(license_link) || ')'
            ELSE 'other'
        END,
        ' | ' ORDER BY position
    )) AS license
FROM published.license_statement
WHERE is_chosen AND canonical <> ''
GROUP BY hub, kind, name;

-- an address of a model's license file stands for the license of that model
CREATE TABLE store.linkable AS
SELECT hub, lower(name) AS name, any_value(license) AS license
FROM store.declared_license
WHERE kind = 'model' AND NOT license ^@ 'other'
GROUP BY hub, lower(name);

CREATE TABLE store.former_license AS
SELECT DISTINCT hub, model, lower(old_value) AS license
FROM published.model_commit_change
WHERE field = 'license' AND old_value <> '';
"""

_STATED = """
CREATE TABLE store.stated AS
WITH from_file AS (
    SELECT hub, subject AS name, lower(string_agg(canonical, ' | ' ORDER BY position)) AS license
    FROM published.license_statement
    WHERE source = 'license-file' AND subject_kind = 'model' AND canonical <> 'other'
    GROUP BY hub, name
),

written AS (
    SELECT hub, model AS name, any_value(license) AS license
    FROM store.text_license
    WHERE field = 'license' AND is_chosen
    GROUP BY hub, name
),

subject AS (
    SELECT hub, 'model' AS kind, name, state <> 'named' AS is_held FROM published.model
    UNION ALL
    SELECT hub, 'dataset' AS kind, name, state <> 'named' AS is_held FROM published.dataset
)

SELECT
    row_number() OVER () AS id,
    subject.hub,
    subject.kind,
    subject.name,
    lower(split_part(subject.name, '/', 1)) AS owner,
    CASE
        -- a file says which license it is that the tag calls other
        WHEN declared.license ^@ 'other' AND from_file.license IS NOT NULL THEN from_file.license
        WHEN declared.license ^@ 'other' AND linked.license IS NOT NULL THEN linked.license
        WHEN declared.license IS NOT NULL THEN declared.license
        WHEN subject.kind = 'model' AND written.license IS NOT NULL THEN written.license
        WHEN subject.is_held THEN ''
        ELSE 'unknown'
    END AS license
FROM subject
LEFT JOIN store.declared_license AS declared
    ON declared.hub = subject.hub AND declared.kind = subject.kind AND declared.name = subject.name
LEFT JOIN store.linkable AS linked
    ON linked.hub = subject.hub AND linked.name = lower(linked_model(declared.license))
LEFT JOIN written ON written.hub = subject.hub AND written.name = subject.name
LEFT JOIN from_file
    ON subject.kind = 'model' AND from_file.hub = subject.hub AND from_file.name = subject.name;

-- what models name and nobody holds has no license that is known
INSERT INTO store.stated
SELECT
    (SELECT coalesce(max(id), 0) FROM store.stated) + row_number() OVER (),
    hub,
    kind,
    name,
    lower(split_part(name, '/', 1)),
    'unknown'
FROM (
    SELECT hub, 'model' AS kind, parent AS name FROM store.lineage_told
    UNION
    SELECT hub, 'dataset', dataset FROM published.model_dataset
) AS named
ANTI JOIN store.stated USING (hub, kind, name);
"""


def state_licenses(connection: DuckDBConnection) -> None:
    """Make ``store.stated``, ``store.text_license``, ``store.read_text``, ``store.former_license``.

    Each license that cards state in their text is read once for its words, address and limit.
    """
    connection.execute(_DECLARED)
    asked = connection.execute(_TEXTS).fetchall()
    names = ("name", "link", "limited_to")
    columns: dict[str, list[object]] = {
        name: [row[place] for row in asked] for place, name in enumerate(names)
    }
    columns["license"] = [
        license_of(str(name), str(link), str(limit)) for name, link, limit in asked
    ]
    register(connection, "read_text", columns)
    connection.execute(_TEXT_LICENSES)
    connection.execute(_STATED)


def read_licenses(connection: DuckDBConnection, judge: LicenseJudge) -> None:
    """Have every license that stands anywhere read, once."""
    ((has_rows,),) = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'store' "
        "AND table_name = 'license_row'"
    ).fetchall()
    places = "SELECT license FROM store.stated UNION SELECT license FROM store.former_license"
    if has_rows:
        places += (
            " UNION SELECT upstream_license FROM store.license_row"
            " UNION SELECT downstream_license FROM store.license_row"
        )
    names = [
        row[0]
        for row in connection.execute(
            f"SELECT DISTINCT license FROM ({places}) ORDER BY 1"
        ).fetchall()
    ]
    known = [judge.read(name) for name in names]
    register(
        connection,
        "read_license",
        {
            "license": names,
            "text": [one.text for one in known],
            "family": [one.family for one in known],
            "goes_on": [one.goes_on for one in known],
            "lines": [list(one.lines) for one in known],
        },
    )

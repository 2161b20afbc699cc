"""Twelve questions on PeaTMOSS: on its own schema, and on the file that miner exports.

The first six are those of its paper, read-me and demo as far as they ask for models and their use;
the others are what its users asked since. Both texts of a question give the same rows.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.bench.peatmoss_file import TASKS

_TASKS = ", ".join(f"'{task}'" for task in TASKS)


class Question(NamedTuple):
    """A question: in one line, in their schema (SQLite and DuckDB), and in miner's."""

    title: str
    theirs: str
    ours: str


QUESTIONS = (
    Question(
        "most downloaded models and the repositories that use them",
        "SELECT m.context_id, m.downloads, (SELECT count(*) FROM model_to_reuse_repository AS l "
        "WHERE l.model_id = m.id) FROM model AS m WHERE m.model_hub_id = 1 "
        "ORDER BY m.downloads DESC, m.context_id LIMIT 100",
        "SELECT name, downloads, coalesce(used, 0) FROM (SELECT name, downloads FROM model "
        "WHERE hub = 'huggingface' ORDER BY downloads DESC NULLS LAST, name LIMIT 100) LEFT JOIN "
        "(SELECT model_resolved, count(*) AS used FROM model_use WHERE hub = 'huggingface' "
        "GROUP BY 1) ON model_resolved = name ORDER BY downloads DESC, name",
    ),
    Question(
        "models by task",
        "SELECT t.name, count(*) FROM model AS m JOIN model_to_tag AS l ON l.model_id = m.id "
        f"JOIN tag AS t ON t.id = l.tag_id WHERE m.model_hub_id = 1 AND t.name IN ({_TASKS}) "
        "GROUP BY t.name ORDER BY 1",
        f"SELECT tag, count(*) FROM model_tag WHERE hub = 'huggingface' AND tag IN ({_TASKS}) "
        "GROUP BY tag ORDER BY 1",
    ),
    Question(
        "repositories by task of the models that they use",
        "SELECT t.name, count(DISTINCT r.reuse_repository_id) FROM model AS m "
        "JOIN model_to_tag AS l ON l.model_id = m.id JOIN tag AS t ON t.id = l.tag_id "
        "JOIN model_to_reuse_repository AS r ON r.model_id = m.id WHERE m.model_hub_id = 1 "
        f"AND t.name IN ({_TASKS}) GROUP BY t.name ORDER BY 1",
        "SELECT tag, count(DISTINCT repository) FROM model_use JOIN model_tag ON "
        "model_tag.hub = model_use.hub AND model_tag.model = model_resolved "
        f"WHERE model_use.hub = 'huggingface' AND tag IN ({_TASKS}) GROUP BY tag ORDER BY 1",
    ),
    Question(
        "growth: models by the month of their first commit",
        "SELECT substr(first, 1, 7), count(*) FROM (SELECT model_id, min(created_at) AS first "
        "FROM hf_commit GROUP BY model_id) AS c GROUP BY 1 ORDER BY 1",
        "SELECT strftime(first, '%Y-%m'), count(*) FROM (SELECT model, min(committed_at) AS first "
        "FROM model_commit WHERE committed_at IS NOT NULL GROUP BY hub, model) GROUP BY 1 "
        "ORDER BY 1",
    ),
    Question(
        "models by license",
        "SELECT n.name, count(*) FROM model_to_license AS l JOIN license AS n "
        "ON n.id = l.license_id GROUP BY n.name ORDER BY 2 DESC, 1",
        "SELECT key, count(*) FROM license_statement WHERE subject_kind = 'model' GROUP BY key "
        "ORDER BY 2 DESC, 1",
    ),
    Question(
        "license and task of the models that repositories use",
        "SELECT n.name, t.name, count(*) FROM model_to_reuse_repository AS r "
        "JOIN model_to_license AS l ON l.model_id = r.model_id "
        "JOIN license AS n ON n.id = l.license_id "
        "JOIN model_to_tag AS g ON g.model_id = r.model_id "
        f"JOIN tag AS t ON t.id = g.tag_id WHERE t.name IN ({_TASKS}) GROUP BY 1, 2 ORDER BY 1, 2",
        "SELECT key, tag, count(*) FROM model_use AS u JOIN license_statement AS s "
        "ON s.hub = u.hub AND s.subject = u.model_resolved AND s.subject_kind = 'model' "
        "JOIN model_tag AS t ON t.hub = u.hub AND t.model = u.model_resolved "
        f"WHERE tag IN ({_TASKS}) GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    Question(
        "what models lack: no license, no dataset, no paper",
        "SELECT sum(NOT EXISTS (SELECT 1 FROM model_to_license AS l WHERE l.model_id = m.id)), "
        "sum(NOT EXISTS (SELECT 1 FROM model_to_dataset AS d WHERE d.model_id = m.id)), "
        "sum(NOT EXISTS (SELECT 1 FROM model_to_paper AS p WHERE p.model_id = m.id)) "
        "FROM model AS m WHERE m.model_hub_id = 1",
        "SELECT count(*) FILTER (license IS NULL), count(*) FILTER (dataset_count = 0), "
        "count(*) FILTER (paper_count = 0) FROM model WHERE hub = 'huggingface'",
    ),
    Question(
        "owners by downloads",
        "SELECT a.name, sum(m.downloads) FROM model AS m JOIN model_to_author AS l "
        "ON l.model_id = m.id JOIN author AS a ON a.id = l.author_id WHERE m.model_hub_id = 1 "
        "GROUP BY a.name ORDER BY 2 DESC, 1 LIMIT 50",
        "SELECT owner, sum(downloads)::BIGINT FROM model WHERE hub = 'huggingface' GROUP BY owner "
        "ORDER BY 2 DESC, 1 LIMIT 50",
    ),
    Question(
        "discussions by month and kind",
        "SELECT substr(created_at, 1, 7), is_pull_request, count(*) FROM discussion GROUP BY 1, 2 "
        "ORDER BY 1, 2",
        "SELECT strftime(created_at, '%Y-%m'), (kind = 'pull-request')::BIGINT, count(*) "
        "FROM model_discussion GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    Question(
        "comments that speak of the license, by model",
        "SELECT m.context_id, count(*) FROM discussion_event AS e JOIN discussion AS d "
        "ON d.id = e.discussion_id JOIN model AS m ON m.id = d.model_id "
        "WHERE e.content LIKE '%license%' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50",
        "SELECT model, count(*) FROM discussion_event WHERE text LIKE '%license%' GROUP BY 1 "
        "ORDER BY 2 DESC, 1 LIMIT 50",
    ),
    Question(
        "discussions and uses of the models that are used most",
        "SELECT m.context_id, r.uses, (SELECT count(*) FROM discussion AS d "
        "WHERE d.model_id = m.id) FROM (SELECT model_id, count(*) AS uses "
        "FROM model_to_reuse_repository GROUP BY model_id) AS r JOIN model AS m "
        "ON m.id = r.model_id WHERE m.model_hub_id = 1 ORDER BY r.uses DESC, m.context_id LIMIT 20",
        "SELECT model_resolved, uses, coalesce(talks, 0) FROM (SELECT model_resolved, count(*) AS "
        "uses FROM model_use WHERE hub = 'huggingface' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20) "
        "LEFT JOIN (SELECT model, count(*) AS talks FROM model_discussion GROUP BY 1) "
        "ON model = model_resolved ORDER BY uses DESC, model_resolved",
    ),
    Question(
        "languages by downloads",
        "SELECT n.abbreviation, count(*), sum(m.downloads) FROM model AS m "
        "JOIN model_to_language AS l ON l.model_id = m.id JOIN language AS n "
        "ON n.id = l.language_id WHERE m.model_hub_id = 1 GROUP BY 1 ORDER BY 1",
        "SELECT language, count(*), sum(downloads)::BIGINT FROM model_language AS l JOIN model "
        "ON model.hub = l.hub AND model.name = l.model WHERE l.hub = 'huggingface' GROUP BY 1 "
        "ORDER BY 1",
    ),
)

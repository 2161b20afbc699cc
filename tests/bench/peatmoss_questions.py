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
        "SELECT name, downloads, repository_count FROM model WHERE hub = 'huggingface' "
        "ORDER BY downloads DESC NULLS LAST, name LIMIT 100",
    ),
    Question(
        "models by task",
        "SELECT t.name, count(*) FROM model AS m JOIN model_to_tag AS l ON l.model_id = m.id "
        f"JOIN tag AS t ON t.id = l.tag_id WHERE m.model_hub_id = 1 AND t.name IN ({_TASKS}) "
        "GROUP BY t.name ORDER BY 1",
        "SELECT task, count(*) FROM (SELECT unnest(tasks) AS task FROM model "
        "WHERE hub = 'huggingface' AND tasks IS NOT NULL) GROUP BY task ORDER BY 1",
    ),
    Question(
        "repositories by task of the models that they use",
        "SELECT t.name, count(DISTINCT r.reuse_repository_id) FROM model AS m "
        "JOIN model_to_tag AS l ON l.model_id = m.id JOIN tag AS t ON t.id = l.tag_id "
        "JOIN model_to_reuse_repository AS r ON r.model_id = m.id WHERE m.model_hub_id = 1 "
        f"AND t.name IN ({_TASKS}) GROUP BY t.name ORDER BY 1",
        "SELECT task, count(DISTINCT repository) FROM (SELECT name, unnest(tasks) AS task "
        "FROM model WHERE hub = 'huggingface' AND repository_count > 0) JOIN model_use "
        "ON hub = 'huggingface' AND model_resolved = name GROUP BY task ORDER BY 1",
    ),
    Question(
        "growth: models by the month of their first commit",
        "SELECT substr(first, 1, 7), count(*) FROM (SELECT model_id, min(created_at) AS first "
        "FROM hf_commit GROUP BY model_id) AS c GROUP BY 1 ORDER BY 1",
        "SELECT strftime(month, '%Y-%m'), models FROM (SELECT date_trunc('month', first_commit_at) "
        "AS month, count(*) AS models FROM model WHERE first_commit_at IS NOT NULL GROUP BY 1) "
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
        "SELECT license, task, sum(repository_count)::BIGINT FROM (SELECT license, "
        "repository_count, unnest(tasks) AS task FROM model WHERE repository_count > 0 "
        "AND license IS NOT NULL) GROUP BY 1, 2 ORDER BY 1, 2",
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
        "SELECT name, downloads FROM owner WHERE hub = 'huggingface' "
        "ORDER BY downloads DESC NULLS LAST, name LIMIT 50",
    ),
    Question(
        "discussions by month and kind",
        "SELECT substr(created_at, 1, 7), is_pull_request, count(*) FROM discussion GROUP BY 1, 2 "
        "ORDER BY 1, 2",
        "SELECT strftime(month, '%Y-%m'), (kind = 'pull-request')::BIGINT, talks FROM (SELECT "
        "date_trunc('month', created_at) AS month, kind, count(*) AS talks FROM model_discussion "
        "GROUP BY 1, 2) ORDER BY 1, 2",
    ),
    Question(
        "comments that speak of the license, by model",
        "SELECT m.context_id, count(*) FROM discussion_event AS e JOIN discussion AS d "
        "ON d.id = e.discussion_id JOIN model AS m ON m.id = d.model_id "
        "WHERE e.content LIKE '%license%' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50",
        "SELECT model, sum(license_comment_count)::BIGINT FROM model_discussion "
        "WHERE license_comment_count > 0 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50",
    ),
    Question(
        "discussions and uses of the models that are used most",
        "SELECT m.context_id, r.uses, (SELECT count(*) FROM discussion AS d "
        "WHERE d.model_id = m.id) FROM (SELECT model_id, count(*) AS uses "
        "FROM model_to_reuse_repository GROUP BY model_id) AS r JOIN model AS m "
        "ON m.id = r.model_id WHERE m.model_hub_id = 1 ORDER BY r.uses DESC, m.context_id LIMIT 20",
        "SELECT name, repository_count, coalesce(discussion_count, 0) FROM model "
        "WHERE hub = 'huggingface' ORDER BY repository_count DESC, name LIMIT 20",
    ),
    Question(
        "languages by downloads",
        "SELECT n.abbreviation, count(*), sum(m.downloads) FROM model AS m "
        "JOIN model_to_language AS l ON l.model_id = m.id JOIN language AS n "
        "ON n.id = l.language_id WHERE m.model_hub_id = 1 GROUP BY 1 ORDER BY 1",
        "SELECT language, count(*), sum(downloads)::BIGINT FROM (SELECT unnest(languages) AS "
        "language, downloads FROM model WHERE hub = 'huggingface' AND language_count > 0) "
        "GROUP BY 1 ORDER BY 1",
    ),
)

-- title:     What is discussed about models
-- question:  What do people write about on the pages of models, and in repositories that use them (PeaTMOSS, GH2)?
-- row:       one topic, by place and kind; a title can be of several topics, so shares do not add up
-- counts:    discussions and pull requests on the hub, issues and pull requests of repositories that name
--            a model or a library that loads models, and all that were imported, by words of their title;
--            how often the words are right was not measured. The demo of PeaTMOSS lists titles of all issues and sorts none
-- params:    since DATE = '2000-01-01'    opened on this day or later; without a date: kept
-- columns:   place, kind, topic, titles, share, open, median_days_to_close
-- reads:     model_discussion, repository_issue
-- known:     model_discussion: title IS NOT NULL
-- caveats:   history_not_fetched, issues_that_name_models
-- since:     data-2026.12.0
-- picture:   ranking
--            along topic                                 topic, by words of the title
--            show titles                                 discussions, issues and pull requests
--            color kind                                  kind
--            facet place                                 place
WITH written AS (
    SELECT 'model page' AS place, kind, title, state, created_at, closed_at
    FROM model_discussion
    UNION ALL
    SELECT 'repository', kind, title, state, created_at, closed_at
    FROM repository_issue
    WHERE state <> 'gone'
),

dated AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY place, kind) AS whole,
        datediff('hour', created_at, closed_at) / 24.0 AS days
    FROM written
    WHERE title IS NOT NULL
        AND (created_at IS NULL OR created_at >= $since)
),

-- patterns are constants on purpose: DuckDB compiles one that comes from a column anew for every row
matched AS (
    SELECT
        *,
        list_filter(
            [
                CASE
                    WHEN regexp_matches(title, 'licen[cs]|commercial|terms of use|copyright|apache|openrail', 'i')
                        THEN 'license'
                END,
                CASE
                    WHEN regexp_matches(title, '\bgat(ed|ing)\b|\baccess|permission|\b40[134]\b|unauthori|download|not found', 'i')
                        THEN 'access'
                END,
                CASE
                    WHEN regexp_matches(title, 'error|exception|fail|\bbugs?\b|crash|traceback|can.?not|can.t|doesn.t|does not|broken|\bbreaks?\b|\bissue|wrong', 'i')
                        THEN 'failure'
                END,
                CASE
                    WHEN regexp_matches(title, '\bgpus?\b|cuda|vram|memory|\boom\b|\bram\b|\bcpu\b|\bmps\b|hardware|slow|speed|latency|faster', 'i')
                        THEN 'memory and speed'
                END,
                CASE
                    WHEN regexp_matches(title, 'safetensors|gg(uf|ml)|onnx|quanti[sz]|\b[248][- ]?bits?\b|gptq|\bawq\b|\bmlx\b|convert|half precision', 'i')
                        THEN 'format or quantization'
                END,
                CASE
                    WHEN regexp_matches(title, 'fine.?tun|\btrain|\blora\b|dataset|training data|\bdata\b', 'i')
                        THEN 'training'
                END,
                CASE
                    WHEN regexp_matches(title, 'benchmark|evaluat|\bscores?\b|accura|leaderboard|results?\b|quality|performance', 'i')
                        THEN 'results'
                END,
                CASE
                    WHEN regexp_matches(title, 'readme|model card|\bdocs?\b|documentation|typo|tutorial|\bcit(e|ation)|metadata|\btags?\b', 'i')
                        THEN 'documentation'
                END,
                CASE
                    WHEN regexp_matches(title, '\bhow (to|do|can|does)\b|usage|\bexample|inference|prompt|tokeni[sz]er|template|context (length|size|window)', 'i')
                        THEN 'how to use'
                END,
                CASE
                    WHEN regexp_matches(title, 'version|upgrade|\bupdate|depend|requirements?\b|compatib|deprecat|\bpin\b|\bbump\b', 'i')
                        THEN 'versions'
                END,
                CASE
                    WHEN regexp_matches(title, '\bbias|toxic|nsfw|pickle|malware|security|vulnerab|\bsafety\b|jailbreak', 'i')
                        THEN 'safety'
                END
            ],
            lambda topic: topic IS NOT NULL
        ) AS topics
    FROM dated
),

sorted AS (
    SELECT *, unnest(CASE WHEN len(topics) = 0 THEN ['no word of a topic'] ELSE topics END) AS topic
    FROM matched
)

SELECT
    place,
    kind,
    topic,
    count(*) AS titles,
    round(count(*) / any_value(whole), 4)::DOUBLE AS share,
    count(*) FILTER (WHERE state IN ('open', 'draft')) AS open,
    round(quantile_cont(days, 0.5) FILTER (WHERE days >= 0), 1) AS median_days_to_close
FROM sorted
GROUP BY place, kind, topic
ORDER BY place, kind, titles DESC, topic;

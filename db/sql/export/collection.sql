-- What a crawl collects, and whether it did: of a part that was collected, a table has a row.
-- Queries ask here before they count, so that what nobody asked for is null and never 0.
SELECT unnest(table_names) AS table_name, part, is_collected, reason, next_step
FROM (
    SELECT
        ['model'] AS table_names,
        'models' AS part,
        EXISTS (FROM model) AS is_collected,
        'no model was crawled' AS reason,
        'miner crawl' AS next_step
    UNION ALL
    SELECT
        [
            'extraction', 'extracted_field', 'model_fields', 'evaluation', 'hyperparameter',
            'training_compute'
        ],
        'cards',
        EXISTS (FROM extraction) OR EXISTS (FROM extracted_field),
        'no card was read',
        'miner crawl, with a lower --min-downloads if need be'
    UNION ALL
    SELECT
        ['model_event'],
        'changes',
        EXISTS (FROM model_event),
        'no change between two crawls is known',
        'miner crawl again, some days later'
    UNION ALL
    SELECT
        ['model_history'],
        'histories',
        EXISTS (FROM model_history),
        'no history of a model was crawled',
        'miner crawl --history, or --discussions'
    UNION ALL
    -- the listing gives the head commit of every model, without a title
    SELECT
        ['model_commit', 'model_commit_author', 'model_commit_change'],
        'commits',
        EXISTS (FROM model_history WHERE kind = 'commits')
        OR EXISTS (FROM model_commit WHERE title IS NOT NULL)
        OR EXISTS (FROM model_commit_author)
        OR EXISTS (FROM model_commit_change),
        'no commit of a model was crawled',
        'miner crawl --history'
    UNION ALL
    SELECT
        ['model_discussion', 'discussion_event'],
        'discussions',
        EXISTS (FROM model_history WHERE kind = 'discussions') OR EXISTS (FROM model_discussion),
        'no discussion of a model was crawled',
        'miner crawl --discussions'
    UNION ALL
    SELECT
        [
            'repository', 'repository_alias', 'repository_topic', 'repository_language',
            'repository_finding', 'repository_observation', 'repository_license', 'search_bin'
        ],
        'repositories',
        EXISTS (FROM repository),
        'no repository was crawled',
        'set GITHUB_TOKEN, then miner crawl --github'
    UNION ALL
    SELECT
        ['scan', 'use_site', 'model_use', 'dependency', 'repository_link'],
        'uses',
        EXISTS (FROM scan) OR EXISTS (FROM model_use) OR EXISTS (FROM use_site)
        OR EXISTS (FROM dependency) OR EXISTS (FROM repository_link),
        'no repository was scanned',
        'set GITHUB_TOKEN, then miner crawl --github'
    UNION ALL
    SELECT
        ['issue_listing', 'repository_issue', 'issue_comment', 'issue_model'],
        'issues',
        EXISTS (FROM issue_listing) OR EXISTS (FROM repository_issue) OR EXISTS (FROM issue_model),
        'no issue was crawled',
        'set GITHUB_TOKEN, then miner crawl --issues'
)

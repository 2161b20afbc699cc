SELECT
    change.*,
    model_commit.committed_at,
    blob_url(change.hub, change.model, change.sha, change.path) AS evidence_url
FROM plain.model_commit_change AS change
LEFT JOIN published.model_commit
    ON model_commit.hub = change.hub
    AND model_commit.model = change.model
    AND model_commit.sha = change.sha

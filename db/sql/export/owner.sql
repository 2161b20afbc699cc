SELECT owner.*, coalesce(listed.model_count, 0) AS model_count, listed.downloads
FROM plain.owner
LEFT JOIN (
    SELECT owner_id, count(*) AS model_count, sum(downloads)::BIGINT AS downloads
    FROM store.model
    WHERE state = 'present'
    GROUP BY owner_id
) AS listed ON listed.owner_id = owner.id

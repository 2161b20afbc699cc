SELECT
    discussion.*,
    CASE WHEN discussion.event_count IS NOT NULL THEN coalesce(written.comment_count, 0) END
        AS license_comment_count
FROM plain.model_discussion AS discussion
LEFT JOIN (
    SELECT model_id, number, count(*) AS comment_count
    FROM store.discussion_event
    WHERE kind = 'comment' AND speaks_of_license(text)
    GROUP BY model_id, number
) AS written ON written.model_id = discussion.model_id AND written.number = discussion.number

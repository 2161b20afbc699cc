SELECT
    comment.*,
    issue_url(comment.repository, issue.kind, comment.number)
    || coalesce('#issuecomment-' || comment.comment_number, '') AS evidence_url
FROM plain.issue_comment AS comment
JOIN store.repository_issue AS issue
    ON issue.repository_id = comment.repository_id AND issue.number = comment.number

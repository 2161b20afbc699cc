SELECT issue.*, issue_url(issue.repository, issue.kind, issue.number) AS evidence_url
FROM plain.repository_issue AS issue

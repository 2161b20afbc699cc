SELECT key.id, paper.arxiv_id, paper.published_on
FROM published.paper
JOIN paper_key AS key ON key.arxiv_id = paper.arxiv_id

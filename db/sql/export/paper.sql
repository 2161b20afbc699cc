SELECT paper.*, 'https://arxiv.org/abs/' || arxiv_id AS url
FROM plain.paper

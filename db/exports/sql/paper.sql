SELECT arxiv_id, published_on, 'https://arxiv.org/abs/' || arxiv_id AS url
FROM store.paper

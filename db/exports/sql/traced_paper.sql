SELECT * FROM store.traced_paper_fact

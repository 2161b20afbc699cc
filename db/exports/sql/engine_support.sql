SELECT * FROM store.engine_support_fact

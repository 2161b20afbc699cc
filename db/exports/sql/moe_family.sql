SELECT * FROM store.moe_family_fact

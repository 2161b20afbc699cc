SELECT * FROM store.license_fact

SELECT key, text
FROM store.data_warning

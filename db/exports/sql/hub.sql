SELECT name, title, home_page, terms_url, metadata_license
FROM store.hub

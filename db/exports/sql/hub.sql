SELECT name, title, home_page, terms_url
FROM store.hub

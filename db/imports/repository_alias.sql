SELECT row_number() OVER () AS id, alias.alias, repository.id AS repository_id, alias.observed_at
FROM published.repository_alias AS alias
JOIN repository_key AS repository ON repository.name = alias.repository

SELECT repository_alias.alias, repository.name AS repository, repository_alias.observed_at
FROM store.repository_alias
JOIN store.repository ON repository.id = repository_alias.repository_id

SELECT started_at, ended_at, command, code_version, state
FROM store.run

#!/bin/sh
# Makes the role of the crawl when the database is made. `miner db grant` gives it its rights.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$(cat /run/secrets/crawler_password)" \
    --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
CREATE ROLE miner_crawler LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
SQL

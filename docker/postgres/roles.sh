#!/bin/sh
# Runs once, when Postgres makes its data folder: a role and a database for Chairflow, and a role that may make its own
# for Temporal. Neither can read the other's.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$POSTGRES_PASSWORD" -U "$POSTGRES_USER" -d postgres <<'SQL'
CREATE ROLE chairflow LOGIN PASSWORD :'password';
CREATE DATABASE chairflow OWNER chairflow;
REVOKE CONNECT ON DATABASE chairflow FROM PUBLIC;
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'password';
SQL

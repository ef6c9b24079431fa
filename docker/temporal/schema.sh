#!/bin/sh
# Makes Temporal's two databases and brings them to the server's schema. Harmless to repeat: what is there is left alone.
set -eu
for store in temporal visibility; do
    case $store in
        temporal) SQL_DATABASE=temporal ;;
        visibility) SQL_DATABASE=temporal_visibility ;;
    esac
    export SQL_DATABASE
    temporal-sql-tool create
    temporal-sql-tool setup-schema --version 0.0
    temporal-sql-tool update-schema --schema-name "postgresql/v12/$store"
done

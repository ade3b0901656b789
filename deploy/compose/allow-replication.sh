#!/bin/sh
# Runs when the database of docker-compose.yml is created: a replica may copy it, with the password of its owner.
set -eu
echo 'host replication emporium samenet scram-sha-256' >>"$PGDATA/pg_hba.conf"

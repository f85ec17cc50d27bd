#!/bin/bash
# init-cluster.sh NODE: make one cluster of the nodes, with a multi-region database for MovR.
# Once more changes nothing. Each step is tried again while nodes are still starting.
set -euo pipefail

patiently() {
    for _ in {1..60}; do
        if "$@"; then return; fi
        sleep 1
    done
    echo "Gave up on: $*" >&2
    return 1
}

initialise() {
    local said
    if ! said=$(cockroach init --insecure --host="$1:26357" 2>&1) &&
        [[ $said != *"already been initialized"* ]]; then
        echo "$said" >&2
        return 1
    fi
}

# Fails until a node of every region has joined.
create_database() {
    cockroach sql --insecure --host="$1:26257" --execute='
        CREATE DATABASE IF NOT EXISTS movr
            PRIMARY REGION "us-east1" REGIONS "us-east1", "us-west1", "europe-west1"
            SURVIVE ZONE FAILURE'
}

export PATH=/cockroach:$PATH
patiently initialise "$1"
patiently create_database "$1"

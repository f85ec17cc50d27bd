#!/bin/bash
# init-cluster.sh NODE: make one cluster of the nodes, with a multi-region database for MovR.
# Running it again changes nothing. Each step is tried again while nodes are starting.
#
# COCKROACH_LICENSE, COCKROACH_ORGANIZATION: a licence key of CockroachDB and the name of the
# organisation it is for. Without a key a cluster of several nodes is throttled after seven days.
set -euo pipefail

retry() {
    for _ in {1..60}; do
        if "$@"; then return; fi
        sleep 1
    done
    echo "Gave up on: $*" >&2
    return 1
}

initialise() {
    local output
    if ! output=$(cockroach init --insecure --host="$1:26357" 2>&1) &&
        [[ $output != *"already been initialized"* ]]; then
        echo "$output" >&2
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

# Quotes in a value are doubled, as SQL wants them.
set_licence() {
    local quote="'"
    cockroach sql --insecure --host="$1:26257" \
        --execute="SET CLUSTER SETTING cluster.organization = '${COCKROACH_ORGANIZATION//$quote/$quote$quote}'" \
        --execute="SET CLUSTER SETTING enterprise.license = '${COCKROACH_LICENSE//$quote/$quote$quote}'"
}

export PATH=/cockroach:$PATH
retry initialise "$1"
retry create_database "$1"
if [[ ${COCKROACH_LICENSE:-} ]]; then
    : "${COCKROACH_ORGANIZATION:=}"
    retry set_licence "$1"
fi

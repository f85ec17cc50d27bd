#!/bin/bash
# prove.sh [REPORT]: try MovR on a real CockroachDB cluster, and write one report file to send back.
#
# Needs docker with compose, curl, Python 3.11, about 12 GB of memory, and half an hour. It starts the
# stack of docker-compose.yml as a project of its own, and removes it with its data at the end. Stop
# a stack that runs already (docker compose down): both would use the same ports.
#   1. the upgrade of the schema            3. the hot statements under enforce_home_region
#   2. the whole test suite                 4. two minutes without a region
# The exit status is 0 when every step passed. Steps go on after one that failed.
#
# MOVR_PROVE_SECONDS: how long the region is away, 120.  MOVR_PROVE_PAUSE: between requests, 5.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

report=${1:-movr-cockroachdb-report.txt}
lost_region=europe-west1
node=us-east1-a
port=${MOVR_PORT:-8080}
sql_port=${MOVR_SQL_PORT:-26257}
results=()

compose() { docker compose --project-name movr-prove "$@"; }
log() { echo "$*" | tee -a "$report"; }

# Run a step, keep what it prints, and note whether it passed.
step() {
    local title=$1 started=$SECONDS result=passed
    shift
    log "" "== $title"
    "$@" >>"$report" 2>&1 || result=FAILED
    results+=("$result: $title ($((SECONDS - started)) s)")
    log "${results[-1]}"
}

clean_up() {
    compose unpause "${lost_nodes[@]}" >/dev/null 2>&1
    compose down --volumes >/dev/null 2>&1
}

describe_machine() {
    date -u
    git log -1 --format='%H %ad' 2>/dev/null || echo "no git checkout"
    uname -srm
    docker version --format '{{.Server.Version}}'
    compose config --images | sort -u
}

start_stack() {
    compose up --build --detach --quiet-pull &&
        query 'SELECT version(); SHOW REGIONS FROM DATABASE movr; SHOW SURVIVAL GOAL FROM DATABASE movr'
}

upgrade_schema() {
    compose logs --no-color --no-log-prefix schema
    compose exec -T web-us-east1 flask db current &&
        compose exec -T web-us-east1 flask db upgrade &&
        query 'SHOW CREATE TABLE vehicles; SHOW CREATE TABLE rides; SHOW CREATE TABLE users'
}

run_tests() {
    DATABASE_URL="cockroachdb://root@127.0.0.1:$sql_port/defaultdb?sslmode=disable" ./init.sh test
}

# Run SQL on a node; the node is in us-east1.
query() {
    compose exec -T "$node" /cockroach/cockroach sql --insecure --host="$node:26257" \
        --database=movr --format=table --execute="$1" </dev/null
}

# Plan and run each statement of the golden file in a transaction that is undone. It fails when
# CockroachDB refuses one for another reason than its home region; those are counted and listed:
# what is sought in all regions has none, and neither have rows of two regions.
run_hot_statements() {
    local line name='' statement='' output home_count=0 elsewhere_count=0 refused_count=0
    while IFS= read -r line; do
        if [[ -z $statement && $line == '-- '* ]]; then
            name=${line#-- }
            continue
        fi
        [[ $statement || $line ]] || continue
        statement+=$line$'\n'
        [[ $line == *';' ]] || continue
        if output=$(query "SET enforce_home_region = on; BEGIN; $statement ROLLBACK" 2>&1); then
            home_count=$((home_count + 1))
        elif [[ $output == *'home region'* ]]; then
            elsewhere_count=$((elsewhere_count + 1))
            echo "other regions: $name: ${output//$'\n'/ }"
        elif [[ $output == *'SQLSTATE: 23'* ]]; then
            home_count=$((home_count + 1))
            echo "ran, and found no row of that key: $name: ${output//$'\n'/ }"
        else
            refused_count=$((refused_count + 1))
            echo "REFUSED: $name: ${output//$'\n'/ }"
        fi
        statement=''
    done <tests/golden/statements.cockroachdb.sql
    echo "$home_count in one region, $elsewhere_count with other regions, $refused_count refused"
    ((home_count > 0 && refused_count == 0))
}

# Print the status and the seconds of a page of a city.
request_page() {
    curl --silent --output /dev/null --max-time 10 --write-out '%{http_code} %{time_total}' \
        --header "Host: $1.localhost:$port" "http://127.0.0.1:$port/"
}

lose_region() {
    local seconds=${MOVR_PROVE_SECONDS:-120} pause=${MOVR_PROVE_PAUSE:-5} until new_york status=0
    compose pause "${lost_nodes[@]}" || return 1
    until=$((SECONDS + seconds))
    while ((SECONDS < until)); do
        new_york=$(request_page new-york)
        echo "$((until - SECONDS)) s left: new-york $new_york, amsterdam $(request_page amsterdam)"
        [[ $new_york == 200* ]] || status=1
        sleep "$pause"
    done
    compose unpause "${lost_nodes[@]}" || return 1
    until=$((SECONDS + seconds))
    while [[ $(request_page amsterdam) != 200* ]]; do
        if ((SECONDS >= until)); then
            echo "amsterdam did not come back"
            return 1
        fi
        sleep "$pause"
    done
    echo "amsterdam is back"
    return "$status"
}

for program in "docker compose version" "curl --version"; do
    $program >/dev/null 2>&1 || {
        echo "prove.sh needs ${program% *}, which does not run here." >&2
        exit 1
    }
done
lost_nodes=("$lost_region-a" "$lost_region-b" "$lost_region-c")
trap clean_up EXIT
: >"$report" || exit 1
log "MovR on CockroachDB"
step "what is tried" describe_machine
step "start" start_stack
step "upgrade" upgrade_schema
step "test suite" run_tests
step "hot statements, enforce_home_region = on" run_hot_statements
step "$lost_region lost for ${MOVR_PROVE_SECONDS:-120} s" lose_region
log "" "== summary"
printf '%s\n' "${results[@]}" | tee -a "$report"
echo "Please send $report to the maintainers of MovR (CONTRIBUTING.md)."
[[ ${results[*]} != *FAILED* ]]

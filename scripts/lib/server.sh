# shellcheck shell=bash
# A server of this build for scripts that talk to one, on a store and a port of its own. Needs SCRATCH, a folder to run in.

YICHUANG="${YICHUANG_BIN:-${CARGO_TARGET_DIR:-$ROOT/target}/debug/yichuang}"
SERVER_PID=''
# The server must not hear the shell it is started from, nor read a configuration that lies about.
QUIETLY=(env -i --chdir="$SCRATCH" PATH="$PATH" HOME="$HOME" LANG=C.UTF-8)

need_server() { [[ -x $YICHUANG ]] || (cd "$ROOT" && cargo build --locked --package api --bin yichuang); }

answers() {
    python3 -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=2)' "$1"
}

# start_server DATA [OPTION…]: sets SERVER_PID and BASE once /readyz says yes.
start_server() {
    local data=$1 port
    shift
    port="$(free_port)"
    BASE="http://127.0.0.1:$port"
    mkdir -p "$data"
    "${QUIETLY[@]}" "$YICHUANG" serve --listen "127.0.0.1:$port" --management "127.0.0.1:$(free_port)" --data "$data" "$@" \
        >"$data.log" 2>&1 </dev/null &
    SERVER_PID=$!
    retry_until 60 "$SERVER_PID" answers "$BASE/readyz" || {
        tail -n 40 "$data.log" >&2
        die "the server did not become ready"
    }
}

# Asked to stop, the server must finish by itself and say that all went well.
stop_server() {
    local pid=$SERVER_PID status=0 end=$((SECONDS + 45))
    kill -TERM "$pid"
    while kill -0 "$pid" 2>/dev/null; do
        ((SECONDS < end)) || die "the server did not stop when asked to"
        sleep 0.1
    done
    wait "$pid" || status=$?
    SERVER_PID=''
    [[ $status -eq 0 ]] || die "the server ended with status $status when asked to stop"
}

kill_server() { [[ -z $SERVER_PID ]] || kill -KILL "$SERVER_PID" 2>/dev/null || true; }

# token_of DATA ROLE [ORG]: a development token of the server whose data that is.
token_of() { "${QUIETLY[@]}" "$YICHUANG" token --data "$1" --role "$2" ${3:+--org "$3"}; }

# shellcheck shell=bash
# A throw-away PostgreSQL server that lives in one directory and is never any other server's neighbour: its own data
# directory, its own free loopback port, its own socket folder, a password of its own, and TLS with a certificate of
# its own. It is durable as in production (fsync and full_page_writes on), because Yichuang refuses to run otherwise.

# The folder that holds initdb, pg_ctl and psql: the newest version installed, wherever Debian or the PATH has it.
postgres_bin() {
    local newest
    newest="$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort --version-sort | tail -n 1 || true)"
    if [[ -n $newest ]]; then
        dirname "$newest"
    elif have initdb; then
        dirname "$(realpath "$(command -v initdb)")"
    else
        return 1
    fi
}

# Debian's package creates and starts a cluster called main when it is installed; a drop-in prevents that while we do.
postgres_install() {
    have apt-get || die "PostgreSQL is not installed: put initdb on the PATH"
    say "installing PostgreSQL from the distribution"
    local drop_in=/etc/postgresql-common/createcluster.d/yichuang-no-cluster.conf
    as_root mkdir -p "$(dirname "$drop_in")"
    as_root sh -c "echo 'create_main_cluster = false' >'$drop_in'"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql openssl
    as_root rm -f "$drop_in"
}

# Runs a server program. PostgreSQL refuses to run as root, so root becomes the user that Debian's package made.
postgres_as_owner() {
    if [[ $EUID -eq 0 ]]; then
        setpriv --reuid=postgres --regid=postgres --init-groups --reset-env -- "$@"
    else
        "$@"
    fi
}

postgres_certificate() {
    local home=$1
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$home/server.key" -out "$home/server.crt" 2>/dev/null
    chmod 600 "$home/server.key"
}

# postgres_start HOME: HOME is an empty directory. Leaves the superuser's URL in HOME/url and the certificate a client
# trusts in HOME/server.crt.
postgres_start() {
    local home=$1 bin port password attempt
    bin="$(postgres_bin)" || die "PostgreSQL is not installed"
    password="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
    mkdir -p "$home/socket"
    (umask 077 && printf '%s\n' "$password" >"$home/password")
    postgres_certificate "$home"
    [[ $EUID -ne 0 ]] || chown -R postgres:postgres "$home"

    (
        cd "$home"
        postgres_as_owner "$bin/initdb" --pgdata="$home/data" --username=postgres --pwfile="$home/password" \
            --auth=scram-sha-256 --encoding=UTF8 --no-locale --no-instructions >"$home/initdb.log" 2>&1
    ) || { cat "$home/initdb.log" >&2; die "initdb failed"; }
    cat >>"$home/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$home/socket'
max_connections = 200
shared_buffers = 64MB
max_wal_size = 512MB
fsync = on
full_page_writes = on
synchronous_commit = on
ssl = on
ssl_cert_file = '$home/server.crt'
ssl_key_file = '$home/server.key'
CONF

    # The port can be taken between finding and binding it: try again with another.
    for attempt in 1 2 3 4 5; do
        port="$(free_port)"
        if (cd "$home" && postgres_as_owner "$bin/pg_ctl" start --pgdata="$home/data" --log="$home/server.log" \
            --wait --timeout=60 --silent --options="-p $port" </dev/null >/dev/null 2>&1); then
            printf 'postgres://postgres:%s@127.0.0.1:%s/postgres\n' "$password" "$port" >"$home/url"
            return
        fi
        say "PostgreSQL did not start on port $port (try $attempt)" >&2
    done
    tail -n 20 "$home/server.log" >&2
    die "PostgreSQL did not start"
}

# postgres_running HOME: whether the server of HOME answers to its process id.
postgres_running() {
    [[ -f $1/url ]] && (cd "$1" && postgres_as_owner "$(postgres_bin)/pg_ctl" status --pgdata="$1/data" >/dev/null 2>&1)
}

# postgres_stop HOME: stops the server whose process id stands in HOME, and removes HOME.
postgres_stop() {
    local home=$1 bin
    [[ -d $home/data ]] || { rm -rf "$home"; return; }
    bin="$(postgres_bin)"
    (cd "$home" && postgres_as_owner "$bin/pg_ctl" stop --pgdata="$home/data" --mode=immediate --silent >/dev/null 2>&1) || true
    rm -rf "$home"
}

# postgres_run URL STATEMENT
postgres_run() { "$(postgres_bin)/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --command="$2" "$1"; }

# postgres_sibling URL NAME: the URL of another database on the same server.
postgres_sibling() {
    local query=''
    [[ $1 != *\?* ]] || query="?${1#*\?}"
    local plain=${1%%\?*}
    printf '%s\n' "${plain%/*}/$2$query"
}

# A directory for one server, which the user that root runs it as can enter: a user's TMPDIR need not be open to it.
postgres_home() {
    local base
    base="$(memory_folder)"
    if [[ -z $base && $EUID -eq 0 ]]; then
        base=/tmp
    fi
    mktemp -d "${base:-${TMPDIR:-/tmp}}/yichuang-postgres.XXXXXX"
}

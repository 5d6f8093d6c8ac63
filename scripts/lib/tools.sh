# shellcheck shell=bash
# Installs what a new machine lacks: distribution packages, cargo-nextest, and Python and Node.js tools in folders of the
# project's own.

VENV="$ROOT/.venv"

debian_install() {
    have apt-get || die "missing, and there is no apt-get to install them with: $*"
    say "installing $*"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

need_build_tools() {
    have cargo || die "Rust is not installed: see https://rustup.rs"
    local tool packages=()
    for tool in make perl; do have "$tool" || packages+=("$tool"); done
    have cc || packages+=(gcc libc6-dev)
    [[ ${#packages[@]} -eq 0 ]] || debian_install "${packages[@]}"
    # Rustup's minimal profile has neither.
    if ! { cargo fmt --version && clippy-driver --version; } >/dev/null 2>&1; then
        have rustup || die "rustfmt or clippy is missing, and there is no rustup to add them with"
        say "adding rustfmt and clippy"
        rustup component add rustfmt clippy
    fi
}

need_nextest() {
    cargo nextest --version >/dev/null 2>&1 || {
        say "installing cargo-nextest"
        cargo install --locked cargo-nextest
    }
}

need_postgres() {
    local packages=()
    if ! postgres_bin >/dev/null; then postgres_install; fi
    have openssl || packages+=(openssl)
    have python3 || packages+=(python3)
    [[ ${#packages[@]} -eq 0 ]] || debian_install "${packages[@]}"
}

# A virtual environment in .venv with the versions pinned in scripts/requirements.txt; made again when they change.
need_python_tools() {
    local wanted="$ROOT/scripts/requirements.txt"
    if cmp --silent "$wanted" "$VENV/installed.txt" && "$VENV/bin/st" --version >/dev/null 2>&1; then return; fi
    have python3 || debian_install python3 python3-venv
    say "installing schemathesis, shellcheck, an S3 peer and the Python client's tools into .venv"
    rm -rf "$VENV"
    python3 -m venv "$VENV" >/dev/null 2>&1 || {
        debian_install python3-venv
        python3 -m venv --clear "$VENV"
    }
    "$VENV/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$VENV/installed.txt"
}

# Node.js tools in clients/node_modules with the versions of its lock file; made again when they change.
need_node_tools() {
    local folder="$ROOT/clients"
    { have node && have npm; } || debian_install nodejs npm
    if cmp --silent "$folder/package-lock.json" "$folder/node_modules/installed.json"; then return; fi
    say "installing the TypeScript client's tools into clients"
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent
    cp "$folder/package-lock.json" "$folder/node_modules/installed.json"
}

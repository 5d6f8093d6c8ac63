# Yichuang from source: the builder has Rust, a C compiler, make and perl; SQLite, libpq and TLS come with the crates.
# A closed network names its own copies of the two images with --build-arg.
ARG RUST_IMAGE=rust:1.95-slim-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${RUST_IMAGE} AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev make perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package api --bin yichuang \
    && install -D target/release/yichuang /out/yichuang

FROM ${RUNTIME_IMAGE}
# ca-certificates: to trust outside issuers (JWKS), S3-compatible storage and PostgreSQL over TLS; the OpenSSL inside the
# binary has no folder of its own for them.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 yichuang \
    && useradd --system --uid 10001 --gid yichuang --home-dir /data --shell /usr/sbin/nologin yichuang \
    && install --directory --owner yichuang --group yichuang --mode 0750 /data
COPY --from=build /out/yichuang /usr/local/bin/yichuang
COPY deploy/ready /usr/local/bin/ready
USER 10001:10001
# Where yichuang.toml is looked for.
WORKDIR /etc/yichuang
VOLUME /data
ENV YICHUANG_LISTEN=0.0.0.0:8080 \
    YICHUANG_DATA=/data \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["ready"]
ENTRYPOINT ["yichuang"]
CMD ["serve"]

# syntax=docker/dockerfile:1
# A small image: one binary and the shared libraries it uses, run as nobody, on a root file system that may be read-only.
#
#   docker build -t gatehouse .
#   docker run --read-only --user 65532 -v ./config:/etc/gatehouse:ro -v gatehouse-data:/var/lib/gatehouse -p 8080:8080 gatehouse
#
# Pin the bases by digest in your own build: --build-arg BUILD_BASE=swift@sha256:… --build-arg RUN_BASE=debian@sha256:…
ARG BUILD_BASE=swift:6.3.1-bookworm
ARG RUN_BASE=debian:12.12-slim

FROM ${BUILD_BASE} AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libcurl4-openssl-dev libsqlite3-dev libssl-dev libyaml-dev pkg-config \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
COPY migrations migrations
COPY config config
RUN swift build -c release --product gatehouse --static-swift-stdlib -Xswiftc -use-ld=lld --scratch-path .build-static \
 && strip .build-static/release/gatehouse

FROM ${RUN_BASE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libcurl4 libsqlite3-0 libssl3 libyaml-0-2 tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && install --directory --owner 65532 --group 65532 --mode 0700 /var/lib/gatehouse
COPY --from=build /source/.build-static/release/gatehouse /usr/local/bin/gatehouse
USER 65532:65532
WORKDIR /var/lib/gatehouse
ENV GATEHOUSE_CONFIG=/etc/gatehouse/gatehouse.yaml
EXPOSE 8080
VOLUME ["/var/lib/gatehouse"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 CMD ["gatehouse", "probe"]
ENTRYPOINT ["gatehouse"]
CMD ["serve", "--listen", "0.0.0.0:8080"]

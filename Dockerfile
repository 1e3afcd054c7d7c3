# carryover in an image that holds nothing else: no shell, no package manager.
#
#   docker build -t carryover .
#   docker run --rm -v "$PWD/export:/export:ro" -v carryover-state:/state \
#     -e CLERK_SECRET_KEY carryover run /export/users.csv
#
# The checkpoint lies in /state, which must outlive the container: without it a
# run does not know what the last one did. The user is 65532, so the export has
# to be readable for it, as the volume is writable. A folder of the host in the
# place of the volume has to belong to it: chown 65532 FOLDER.

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The version of the binary comes from .git, where that is part of the context.
RUN go run ./tools/release -only "$(go env GOOS)/$(go env GOARCH)" /out \
 && mv /out/carryover-* /out/carryover \
 && mkdir /out/state

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/carryover /usr/local/bin/carryover
COPY --from=build --chown=65532:65532 /out/state /state
WORKDIR /state
VOLUME /state
USER 65532:65532
# Docker waits 10 s after SIGTERM; carryover waits as long for its requests, so
# give it a little more: docker stop -t 15, or stop_grace_period: 15s.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/carryover"]
CMD ["--help"]

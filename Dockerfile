# Sluice from its sources, with nothing but Debian:
#
#   docker build --tag sluice .
#   docker run --publish 8080:8080 --volume "$PWD/public:/srv/www:ro" sluice --root /srv/www
#
# The packages are made in the first stage; the image has the one that runs, and what it needs.

FROM debian:bookworm-slim AS build
WORKDIR /sluice
COPY . .
RUN ./dev package && rm -f build/packages/sluice-dev_*.deb

FROM debian:bookworm-slim
COPY --from=build /sluice/build/packages/ /packages/
RUN apt-get update \
  && apt-get install --yes --no-install-recommends /packages/*.deb \
  && rm -rf /packages /var/lib/apt/lists/* \
  && useradd --system --no-create-home --shell /usr/sbin/nologin sluice
USER sluice
EXPOSE 8080
# Starts a graceful stop. `docker stop` kills after 10 s unless told otherwise: --time 45.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/sluice", "serve", "--address", "0.0.0.0", "--config", "/etc/sluice/sluice.conf"]

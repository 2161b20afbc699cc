# The image of all services of docker-compose.yml but the database: any miner command runs in it, and
# Dask's scheduler and workers.
#
# The base is pinned by an exact version tag. A tag can be moved, a digest cannot: who builds images
# for others should append the digest of the base that was tried (python:...@sha256:...).
FROM python:3.13.9-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN python -I -m pip wheel --no-cache-dir --wheel-dir /wheels '.[dask,postgres,report]'

FROM python:3.13.9-slim-bookworm
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    python -I -m pip install --no-cache-dir --no-index --find-links /wheels 'miner[dask,postgres,report]'
# A named volume takes over the owner of the folder it is put on.
RUN useradd --system --uid 10001 --no-create-home miner \
    && install --directory --owner=miner /data
USER miner
# PYTHONSAFEPATH: no module is taken from the working directory, by Dask's workers neither.
ENV HOME=/tmp MINER_DATA_DIR=/data PYTHONSAFEPATH=1
WORKDIR /data
VOLUME /data
# Healthy: the store can be read. Before the first crawl has made one there is nothing to read.
HEALTHCHECK --interval=5m --timeout=2m --start-period=5m CMD ["miner", "status", "--json"]
ENTRYPOINT ["miner"]
CMD ["--help"]

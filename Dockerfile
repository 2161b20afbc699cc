# The image of all services of docker-compose.yml but the database: any miner command runs in it, and
# Dask's scheduler and workers.
#
# The base is pinned by an exact version tag. A tag can be moved, a digest cannot: who builds images
# for others looks the digest up and hands it over (docs/security.md, "Images"):
#   docker build --build-arg PYTHON_DIGEST=@sha256:... .
# Libraries are those of requirements.lock, each checked by its hash.
ARG PYTHON_DIGEST=
FROM python:3.13.9-slim-bookworm${PYTHON_DIGEST} AS build
WORKDIR /source
COPY . .
RUN python -I -m pip wheel --no-cache-dir --require-hashes --only-binary :all: \
        --wheel-dir /wheels --requirement requirements.lock \
    && python -I -m pip wheel --no-cache-dir --no-deps --wheel-dir /own .

FROM python:3.13.9-slim-bookworm${PYTHON_DIGEST}
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    --mount=type=bind,from=build,source=/own,target=/own \
    --mount=type=bind,from=build,source=/source/requirements.lock,target=/requirements.lock \
    python -I -m pip install --no-cache-dir --no-index --require-hashes --find-links /wheels \
        --requirement /requirements.lock \
    && python -I -m pip install --no-cache-dir --no-index --no-deps /own/*.whl
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

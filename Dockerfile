# leo-agent on a clean Debian: docker build --tag leo-agent .
#   docker run --rm leo-agent                                          what the image has (leo-agent doctor)
#   docker run --rm -v "$PWD/runs:/runs" leo-agent rollout --env leo/PutBlocksInBowls-v0 --policy expert --out /runs/one
# The user of the image has the id 1000: a folder that is mounted must be writable for it.
ARG DEBIAN=bookworm-slim
FROM debian:${DEBIAN}

RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

COPY . /source
RUN python3 -m venv /opt/leo-agent \
    && /opt/leo-agent/bin/pip install --no-cache-dir /source \
    && rm -rf /source
ENV PATH=/opt/leo-agent/bin:$PATH

RUN useradd --create-home --uid 1000 leo
USER leo
WORKDIR /home/leo
ENTRYPOINT ["leo-agent"]
CMD ["doctor"]

# The product, for docker-compose.yml: one image for web, worker, scheduler and commands. Nothing secret goes in.
#
#     docker build -t ipcu-knowledge-exchange .
#     docker build -t ipcu-knowledge-exchange --build-arg IPCU_TORCH=cpu .     # a third of the size; see README, Start

# What the product needs: made anew only when requirements.txt changes.
FROM python:3.11.14-slim-bookworm AS dependencies
ARG IPCU_TORCH=""
WORKDIR /build
COPY pyproject.toml requirements.txt ./
COPY scripts/ scripts/
RUN IPCU_TORCH="$IPCU_TORCH" python scripts/build_image.py dependencies /app

# The product, with the browser assets that package-lock.json names.
FROM dependencies AS product
COPY . .
RUN python scripts/build_image.py product /app

# What runs: no compiler, no uv, no npm, no tests; everything belongs to root and is only read.
FROM python:3.11.14-slim-bookworm
RUN groupadd --gid 10001 ipcu \
    && useradd --uid 10001 --gid ipcu --no-create-home --home-dir /tmp --shell /usr/sbin/nologin ipcu \
    && install -d -o ipcu -g ipcu -m 0750 /data
COPY --from=dependencies /app/venv /app/venv
COPY --from=product /app/site /app/site
ENV PATH=/app/site/bin:/app/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    IPCU_DATA_DIR=/data \
    IPCU_HOST=0.0.0.0
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["ipcu", "serve"]

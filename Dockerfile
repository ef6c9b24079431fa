# One image for API, workers and the one-shot jobs; compose and a cluster choose by command.

FROM python:3.12-slim-bookworm AS packages
WORKDIR /build
COPY requirements-runtime.lock .
RUN python -m venv /opt/chairflow/venv \
    && /opt/chairflow/venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
       --require-hashes -r requirements-runtime.lock

FROM python:3.12-slim-bookworm
RUN groupadd --gid 10001 chairflow && useradd --uid 10001 --gid chairflow --no-create-home --shell /usr/sbin/nologin chairflow
COPY --from=packages /opt/chairflow/venv /opt/chairflow/venv
WORKDIR /opt/chairflow/app
COPY activities activities
COPY api api
COPY cli cli
COPY contracts contracts
COPY domain domain
COPY inbox inbox
COPY migrations migrations
COPY models models
COPY operations operations
COPY templates templates
COPY vendors vendors
COPY wiring wiring
COPY workflows workflows
COPY worker.py .
# Bytecode now: the image's files are not the user's to write later.
RUN /opt/chairflow/venv/bin/python -m compileall -q .
ENV PATH=/opt/chairflow/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CHAIRFLOW_ENVIRONMENT=production \
    CHAIRFLOW_API_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "api", "--host", "0.0.0.0", "--port", "8000"]

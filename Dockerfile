# One image for console, workers and beat; the command says which.
FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 aup
WORKDIR /srv/aup
COPY requirements.lock pyproject.toml README.md LICENSE NOTICE ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY scanner scanner
COPY workers workers
COPY console console
COPY localstore localstore
COPY rules rules
RUN pip install --no-cache-dir --no-deps . && mkdir -p /var/lib/aup && chown aup /var/lib/aup
USER aup
ENV AUP_STATE_DIR=/var/lib/aup
ENTRYPOINT ["aup"]
CMD ["serve", "--no-workers"]

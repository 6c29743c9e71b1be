# The pipeline and all that it needs, for people without conda. How to build and run it: docs/installation.md.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends bedtools \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/cam
COPY requirements.txt .
# Where PyTorch comes from, if not from PyPI, whose build for x86_64 is CUDA's.
ARG PYTORCH_INDEX
RUN if [ -n "$PYTORCH_INDEX" ]; then \
        pip install --no-cache-dir --no-deps --index-url "$PYTORCH_INDEX" "$(grep ^torch== requirements.txt)"; \
    fi \
    && pip install --no-cache-dir -r requirements.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .

# Any user may run it, known to the image or not, and has a home for what is cached.
RUN mkdir -m 1777 /home/cam /work
ENV HOME=/home/cam USER=cam
USER 1000
WORKDIR /work
ENTRYPOINT ["snakemake", "--snakefile", "/opt/cam/Snakefile"]
CMD ["--cores", "all", "all"]

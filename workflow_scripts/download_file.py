"""One file from its address."""

from cam import logs
from cam.sources.download import download

logs.start(snakemake.log[0])
download(snakemake.params.url, snakemake.output.file, **snakemake.params.known)

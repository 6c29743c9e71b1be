"""Figure: numbers, widths and agreement of the user's own peaks."""

from cam import logs, plots
from cam.io.tables import read_table

logs.start(snakemake.log[0])
text = {"biosample": str, "target": str, "file": str, "first": str, "second": str}
peaks, overlap = (read_table(path, dtype=text) for path in (snakemake.input.peaks, snakemake.input.overlap))
figure = plots.peak_quality(peaks, overlap, snakemake.params.targets)
plots.save(figure, snakemake.output.svg, snakemake.output.png)

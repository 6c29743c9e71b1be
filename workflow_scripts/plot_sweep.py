"""Figures: performance and training time against the number of units."""

from cam import logs, plots
from cam.io.tables import read_table

logs.start(snakemake.log[0])
table, output = read_table(snakemake.input.table, dtype={"model": str}), snakemake.output
scores = [name.rpartition(".")[0] for name in table if "." in name]  # of CTCF.auroc: CTCF
targets = [name for name in dict.fromkeys(scores) if name != "macro"]
plots.save(plots.sweep_performance(table, targets), output.performance, output.performance_png)
plots.save(plots.sweep_training_time(table), output.training_time, output.training_time_png)

"""Convolutional additive models (CAMs): deep models of regulatory DNA that can be read.

A CAM predicts a property of a DNA sequence (transcription factor binding, accessibility) as a weighted sum of
independent units, each a small CNN with one convolutional filter. The packages, each of which imports only from those
before it:

``errors``, ``units``, ``bases``
    the user's mistakes, unit numbers, base codes
``io``, ``setup``, ``logs``
    files that are whole or absent; the checked configuration and the plan of a run; progress and log files
``sources``, ``data``
    a reader for each format; sequences, intervals, labels, selection, split, the cached tensors
``models``, ``training``, ``evaluation``
    the CAM and the baseline CNNs; the training loop and the choice of units; metrics with bootstrap intervals
``motifs``, ``interpretation``
    PFMs, PPMs, PWMs, motif files, Tomtom; what each unit detects and what the model uses it for
``design``
    artificial sequences by a genetic algorithm, and the known motifs in them
``demo``, ``plots``, ``report``, ``provenance``
    the simulated worlds, figures, the page, where results come from

No module knows of Snakemake; all of them can be used from a notebook. Packages that take long to import, and that few
functions of a module need, are imported in these functions: a run has many short steps.
"""

__version__ = "0.1.0"

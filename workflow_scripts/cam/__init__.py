"""Convolutional additive models (CAMs): deep models of regulatory DNA that can be read.

A CAM predicts a property of a DNA sequence (transcription factor binding, accessibility) as a weighted sum of
independent units, each a small CNN with one convolutional filter. The modules, lowest first:

``errors``, ``files``, ``logs``, ``units``, ``config``, ``addresses``, ``download``
    what every module leans on: the user's mistakes, atomic files, log files, unit numbers, the checked configuration,
    files from the web
``sequences``, ``motifs``
    base codes, one-hot encoding, reverse complements; PFMs, PPMs, PWMs, MEME files, scanning
``sources``, ``regions``, ``dataset``
    parsers of the public formats; labelled regions; the cached tensors
``operations``, ``models``, ``explainn``, ``selection``, ``training``, ``metrics``, ``sweep``
    what a CAM spends its time in; the CAM and the baseline CNNs; models of the ExplaiNN package; the choice of units;
    the training loop; AUROC, AUPRC, MCC, calibration, bootstrap; performance against the number of units
``interpretation``, ``tomtom``, ``genetic``, ``enrichment``
    filters to motifs, motif comparison, artificial sequences, the motifs in them
``plots``, ``report``, ``simulate``
    figures, the page, the embedded demo

No module knows of Snakemake; all of them can be used from a notebook.
"""

__version__ = "0.1.0"

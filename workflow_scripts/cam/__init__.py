"""Convolutional additive models (CAMs): deep models of regulatory DNA that can be read.

A CAM predicts a property of a DNA sequence (transcription factor binding, accessibility) as a weighted sum of
independent units, each a small CNN with one convolutional filter. The modules, lowest first:

``errors``, ``files``, ``logs``, ``units``, ``config``, ``environments``, ``addresses``, ``download``, ``provenance``
    what every module leans on: the user's mistakes, atomic files, log files, unit numbers, the checked configuration,
    what the rules' environments list, files from the web, where results come from
``sequences``, ``chromosomes``, ``motif_files``, ``motifs``, ``factors``
    base codes, one-hot encoding, reverse complements; what chromosomes are called; motifs in files, PPMs, PWMs,
    scanning; what motif databases call a transcription factor
``sources``, ``regions``, ``dataset``
    parsers of the public formats; labelled regions; the cached tensors
``operations``, ``models``, ``explainn``, ``selection``, ``training``, ``metrics``, ``sweep``
    what a CAM spends its time in; the CAM and the baseline CNNs; models of the ExplaiNN package; the choice of units;
    the training loop; AUROC, AUPRC, MCC, calibration, bootstrap; performance against the number of units
``filters``, ``compiled``, ``tomtom``, ``consistency``
    filters to motifs; motif comparison, compiled once; motifs that come back in replicates
``interpretation``, ``importance``, ``local``, ``cooperativity``, ``nullification``
    final weights; contributions of units, over all regions and in single ones; targets that use the same units; what
    the weights give for free
``genetic``, ``clusters``, ``enrichment``, ``controls``, ``description``
    artificial sequences; known motifs that are much alike; the motifs in the sequences; what chance gives; a sentence
    per unit
``correlation``, ``lineages``, ``regulators``
    what is special to accessibility in many cell types, and to targets that belong together
``plots``, ``report``, ``simulate``
    figures, the page, the embedded demo

No module knows of Snakemake; all of them can be used from a notebook. Packages that take long to import, and that few
functions of a module need, are imported in these functions: a run has many short steps.
"""

__version__ = "0.1.0"

"""The figures: data frames and arrays in, a matplotlib figure out, and :func:`save` to write it.

Every function draws on a :class:`matplotlib.figure.Figure` of its own, so nothing is shared through pyplot. The look is
one dictionary, ``STYLE``; targets have the same colours everywhere (:func:`target_colours`). The colours are Okabe and
Ito's and Tol's, which can be told apart with any kind of colour vision.
"""

from .contributions import contributions
from .cooperativity import cooperativity
from .correlations import cell_types, correlations, predictions, regression_performance
from .final_weights import final_weights
from .genetic import genetic
from .lineages import known_regulators, lineages
from .motifs import enrichment, logo
from .nullification import nullification
from .peak_quality import peak_quality
from .performance import binding_performance, calibration, confusion, performance, training_history
from .regions import label_counts, peak_gc, peak_values, region_quality
from .replicates import consistency
from .single_region_profiles import single_region_profiles
from .single_regions import single_regions
from .style import BASES, COOL, MUTED, PALE, WARM, lineage_colours, save, target_colours
from .sweep import sweep_performance, sweep_training_time
from .units import units
from .usable import usable

__all__ = [
    "BASES", "COOL", "MUTED", "PALE", "WARM", "binding_performance", "calibration", "cell_types", "confusion",
    "consistency", "contributions", "cooperativity", "correlations", "enrichment", "final_weights", "genetic",
    "known_regulators", "label_counts", "lineage_colours", "lineages", "logo", "nullification", "peak_gc",
    "peak_quality", "peak_values", "performance", "predictions", "region_quality", "regression_performance", "save",
    "single_region_profiles", "single_regions", "sweep_performance", "sweep_training_time", "target_colours",
    "training_history", "units", "usable",
]  # fmt: skip

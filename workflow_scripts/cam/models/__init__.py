"""The CAM, the baseline CNNs, their operations, prediction, and models in files."""

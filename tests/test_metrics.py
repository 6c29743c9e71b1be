import numpy as np
import pytest
from cam.metrics import best_threshold, binding, regression
from sklearn.metrics import matthews_corrcoef


def test_binding_leaves_out_missing_labels():
    labels = np.array([[1, 1], [0, np.nan], [1, 0], [0, 1], [np.nan, 0]])
    probabilities = np.array([[0.9, 0.1], [0.4, 0.5], [0.3, 0.2], [0.2, 0.8], [0.99, 0.6]])
    result = binding(labels, probabilities, [0.5, 0.5], ["A", "B"])
    assert result["A"] == {
        "auroc": 0.75, "auprc": pytest.approx(5 / 6), "mcc": pytest.approx(1 / 3**0.5), "threshold": 0.5,
        "confusion": [[2, 0], [1, 1]], "n": 4, "positives": 2,
    }  # fmt: skip
    assert result["B"]["confusion"] == [[1, 1], [1, 1]]
    assert result["B"]["auroc"] == 0.5
    assert result["macro"]["auroc"] == pytest.approx(0.625)


def test_a_target_with_one_kind_of_label_has_no_auroc():
    result = binding(np.array([[1.0], [1.0]]), np.array([[0.2], [0.7]]), [0.5], ["A"])
    assert result["A"]["auroc"] is None and result["macro"]["auroc"] is None
    assert result["A"]["confusion"] == [[0, 0], [1, 1]]


def test_best_threshold_has_the_largest_mcc_of_all_thresholds():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200).astype(float)
    probabilities = np.clip(labels * 0.3 + rng.random(200) * 0.7, 0, 1)
    labels[:20] = np.nan
    known = ~np.isnan(labels)
    y, p = labels[known], probabilities[known]
    all_of_them = max(matthews_corrcoef(y, p >= threshold) for threshold in p)
    assert matthews_corrcoef(y, p >= best_threshold(labels, probabilities)) == pytest.approx(all_of_them)


@pytest.mark.parametrize("labels", [[1.0, 1.0], [np.nan, np.nan], [0.0, np.nan]])
def test_best_threshold_of_labels_that_are_all_alike(labels):
    assert best_threshold(np.array(labels), np.array([0.2, 0.9])) == 0.5


def test_regression_correlates_per_target_and_per_region():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(30, 4))
    predictions = values + rng.normal(size=(30, 4))
    predictions[:, 3] = 1.0
    result = regression(values, predictions, list("ABCD"))
    assert result["B"]["pearson"] == pytest.approx(np.corrcoef(values[:, 1], predictions[:, 1])[0, 1])
    assert result["D"]["pearson"] is None
    per_region = [np.corrcoef(v, p)[0, 1] for v, p in zip(values, predictions, strict=True)]
    assert result["macro"]["region_pearson"] == pytest.approx(np.mean(per_region))

"""Joint cluster-robust tests: AHT of Pustejovsky and Tipton 2018, against closed forms."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.claims.effects.joint import joint_test
from analysis.errors import HiprunError
from analysis.models import cluster_robust, contrast, fit


def outcomes_by_cluster(n_clusters=9, q=3, seed=2):
    """Each cluster has one row an outcome: its columns are the cell means, the outcomes of a cluster are correlated."""
    rng = np.random.default_rng(seed)
    values = rng.multivariate_normal([0.4, -0.2, 0.3][:q], 0.5 * np.eye(q) + 0.5, n_clusters)
    frame = pd.DataFrame(np.kron(np.ones((n_clusters, 1)), np.eye(q)), columns=[f"cell_{k}" for k in range(q)])
    return frame.assign(y=values.ravel(), cluster=np.repeat(np.arange(n_clusters), q)), values


def robust(frame, q):
    made = fit("y ~ 0 + " + " + ".join(f"cell_{k}" for k in range(q)), frame)
    return cluster_robust(made, frame, "cluster")


@pytest.mark.parametrize("q", [2, 3])
def test_means_of_several_outcomes_over_clusters_are_tested_as_by_hotelling(q):
    """Then CR2 is the covariance of means, and AHT is T² with n - 1 df: (n - q) / ((n - 1) q) T² ~ F(q, n - q)."""
    frame, values = outcomes_by_cluster(q=q)
    n = len(values)
    t_squared = n * values.mean(axis=0) @ np.linalg.solve(np.cov(values.T), values.mean(axis=0))
    statistic = (n - q) / ((n - 1) * q) * t_squared
    found = joint_test(robust(frame, q), [{f"cell_{k}": 1.0} for k in range(q)])
    assert found.statistic == pytest.approx(statistic)
    assert (found.df, found.df_residual) == (q, pytest.approx(n - q))
    assert found.p_value == pytest.approx(stats.f.sf(statistic, q, n - q))


def unbalanced(seed=3, n=260):
    rng = np.random.default_rng(seed)
    cluster = rng.choice(14, n, p=np.arange(1, 15) / np.arange(1, 15).sum())
    frame = pd.DataFrame({"a": rng.normal(size=n) + 0.3 * cluster, "b": rng.normal(size=n), "cluster": cluster})
    return frame.assign(y=rng.normal(size=14)[cluster] + 0.1 * frame["a"] + rng.normal(size=n))


def test_one_contrast_is_the_t_test_with_satterthwaites_df():
    frame = unbalanced()
    made = cluster_robust(fit("y ~ a + b + (1 | cluster)", frame), frame, "cluster")
    one, joint = contrast(made, {"a": 1.0, "b": -2.0}), joint_test(made, [{"a": 1.0, "b": -2.0}])
    assert joint.df_residual == pytest.approx(one["df"])
    assert joint.p_value == pytest.approx(one["p_value"])


def test_the_test_does_not_depend_on_how_the_same_hypothesis_is_written():
    frame = unbalanced()
    made = cluster_robust(fit("y ~ a + b + (1 | cluster)", frame), frame, "cluster")
    first = joint_test(made, [{"a": 1.0}, {"b": 1.0}])
    second = joint_test(made, [{"a": 2.0, "b": 1.0}, {"a": 1.0, "b": -3.0}])
    assert second.p_value == pytest.approx(first.p_value)
    assert second.df_residual == pytest.approx(first.df_residual)


def test_what_cannot_be_tested_is_refused():
    frame = unbalanced()
    plain = fit("y ~ a + b + (1 | cluster)", frame)
    with pytest.raises(HiprunError, match="cluster-robust"):
        joint_test(plain, [{"a": 1.0}])
    made = cluster_robust(plain, frame, "cluster")
    with pytest.raises(HiprunError, match="found c"):
        joint_test(made, [{"c": 1.0}])
    with pytest.raises(HiprunError, match="no contrast"):
        joint_test(made, [])
    with pytest.raises(HiprunError, match="follows from the others"):
        joint_test(made, [{"a": 1.0}, {"a": 2.0}])


def test_too_few_clusters_for_so_many_contrasts_have_no_p():
    frame, _ = outcomes_by_cluster(n_clusters=4, q=3)
    made = robust(frame, 3)
    made_few = joint_test(made, [{f"cell_{k}": 1.0} for k in range(3)])
    assert made_few.df_residual == pytest.approx(1.0)
    assert 0 < made_few.p_value < 1

"""Regret of what is not tuned to an oracle, over one or several results of `entrain compare`.

    python3 Benchmarks/no-tuning/regret.py configs/compare/results/no-tuning configs/compare/results/judgement

The oracle of a data set is the variation named cosine with the highest mean test accuracy. Regret is the oracle's mean accuracy
minus a variation's, in points; a run that failed has 100. Every variation is held against the first one of the file, the defaults,
by all pairs of runs with one data set and one seed: two-sided Wilcoxon signed-rank test, equal pairs left out.
"""

import argparse
import pathlib

import pandas
import scipy.stats

ORACLE_PREFIX = "cosine "


def read(folder):
    runs = pandas.read_csv(pathlib.Path(folder) / "runs.csv")
    runs["failed"] = runs.failure.notna()
    runs["points"] = 100 * runs.finalAccuracy.fillna(0)
    runs["dataSet"] = f"{pathlib.Path(folder).name}: " + runs.dataSet
    return runs


def with_regret(runs):
    """The oracle's own runs are added as a variation `oracle`."""
    parts = []
    for _, part in runs.groupby("dataSet", sort=False):
        grid = part[part.variation.str.startswith(ORACLE_PREFIX)]
        means = grid.assign(points=grid.points.where(~grid.failed, 0)).groupby("variation").points.mean()
        oracle = grid[grid.variation == means.idxmax()]
        named = oracle.assign(variation="oracle")
        part = pandas.concat([part[~part.variation.str.startswith(ORACLE_PREFIX)], named])
        regret = means.max() - part.points
        parts.append(part.assign(regret=regret.where(~part.failed, 100), rate=means.idxmax()[len(ORACLE_PREFIX):]))
    return pandas.concat(parts)


def pairs(runs, one, other):
    """Regrets of `other` minus those of `one`: above 0 where `one` is better."""
    table = runs.pivot_table(index=["dataSet", "seed"], columns="variation", values="regret")
    return (table[other] - table[one]).dropna()


def p_value(differences):
    differences = differences[differences != 0]
    return scipy.stats.wilcoxon(differences).pvalue if len(differences) else 1.0


def summary(runs, reference):
    yield ("| variation | runs | failed | mean regret, points | worst data set | its regret | worst run | "
           f"behind {reference}, mean of the pairs | pairs in which it is better / worse | p |")
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for variation, part in runs.groupby("variation", sort=False):
        regrets = part.groupby("dataSet", sort=False).regret.mean()
        cells = [variation, len(part), part.failed.sum(), f"{regrets.mean():.2f}", regrets.idxmax(),
                 f"{regrets.max():.2f}", f"{part.regret.max():.2f}"]
        if variation == reference:
            cells += ["–", "–", "–"]
        else:
            differences = pairs(runs, reference, variation)
            cells += [f"{differences.mean():+.2f}", f"{(differences < 0).sum()} / {(differences > 0).sum()}",
                      f"{p_value(differences):.2g}"]
        yield "| " + " | ".join(map(str, cells)) + " |"


def each(runs):
    table = runs.pivot_table(index=["dataSet", "rate"], columns="variation", values="regret", sort=False)
    accuracy = runs[runs.variation == "oracle"].groupby("dataSet").points.mean()
    columns = [column for column in table if column != "oracle"]
    yield "| data set | oracle, % (its rate) | " + " | ".join(columns) + " |"
    yield "| --- " * (len(columns) + 2) + "|"
    for (name, rate), row in table.iterrows():
        yield f"| {name} | {accuracy[name]:.2f} ({rate}) | " + " | ".join(f"{row[column]:.2f}" for column in columns) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", help="directories with a runs.csv")
    arguments = parser.parse_args()
    runs = pandas.concat([read(folder) for folder in arguments.results], ignore_index=True)
    reference = runs.variation.iloc[0]
    runs = with_regret(runs)
    print("\n".join(summary(runs, reference)), "", "Regret by data set, in points:", "", "\n".join(each(runs)), sep="\n")


if __name__ == "__main__":
    main()

"""Write recurrent.csv and follow_up.csv: 60 simulated athletes (no persons), two groups, frailty, some competing ends.

Run: python make_recurrent_data.py. Times are whole days, so events tie with one another and with ends;
ends do not tie, since mets takes tied competing ends one after the other.
"""

import csv
import random
from pathlib import Path


def main(folder: Path) -> None:
    """Draw the data with a fixed seed and write both files."""
    rng = random.Random(20260101)
    ends, events, days = [], [], rng.sample(range(40, 181), 60)
    for i in range(60):
        group, frailty = "ab"[i % 2], rng.gammavariate(1.5, 1 / 1.5)
        end = days[i]
        ends.append((f"A{i:02d}", group, end, int(rng.random() < 0.3)))
        rate = frailty * (0.008 if group == "a" else 0.014)
        day = 1 + int(rng.expovariate(rate))
        while day <= end:
            events.append((f"A{i:02d}", day))
            day += 1 + int(rng.expovariate(rate))
    for name, head, rows in (
        ("follow_up", ["athlete_id", "group", "end", "competing"], ends),
        ("recurrent", ["athlete_id", "time"], events),
    ):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *rows])


if __name__ == "__main__":
    main(Path(__file__).parent)

"""What the guide says of each pattern: where it wins and loses, its pitfall, its workers, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from analysis.documents.document import Block, Document, Heading, Item, Items, Paragraph, Row, Table, items
from analysis.findings.guide import PER_DOWNLOADS, Chapter, Costs, Guide, Placing
from analysis.stats.units import count, ratio, seconds, size
from analysis.views.answer import enough
from analysis.views.provenance import caveat, caveat_blocks, caveats, made_from
from analysis.views.summary import MARGIN, WINNER, Metric, columns, if_known, legend, measured
from runfile.atomic import new_file
from runfile.runs import PatternFacts, RunError

TITLE = "The patterns, by measurement"
COSTS = "What they cost"
PITFALL = "pitfall"
MOST_NAMED = 2  # of those that cannot be told from the fastest; they come from the closest


BEGIN = "<!-- measured: what stands up to the end is written by `python -m analysis guide` -->"
END = "<!-- measured: end -->"


PRICES: tuple[Metric[Costs], ...] = (
    Metric(
        "first",
        lambda one: if_known(one.first_worker_seconds, seconds),
        "starting and stopping a worker, 0 where that is too little to be seen",
    ),
    Metric("further", lambda one: if_known(one.further_worker_seconds, seconds), "each worker beyond it"),
    Metric("task", lambda one: if_known(one.task_seconds, seconds), "handing out one that does nothing"),
    Metric(
        "CPU",
        lambda one: if_known(one.download_cpu_seconds, seconds),
        f"{PER_DOWNLOADS} downloads, the median over their kinds",
    ),
    Metric("worker", lambda one: if_known(one.worker_bytes, size), "memory of each worker beyond the first"),
    Metric(
        "peak",
        lambda one: if_known(one.download_peak_bytes, size),
        "memory of the downloads above an idle interpreter",
    ),
)


def document(found: Guide) -> Document:
    """The guide, as it is shown."""
    blocks = _prices(found)
    for chapter in found.chapters:
        blocks.append(Heading(chapter.name))
        if chapter.facts:
            blocks += [Paragraph(chapter.facts.summary), Paragraph(chapter.facts.pitfall, lead=PITFALL)]
        blocks += chapter_of(chapter)
    left_out = [caveat(False, "not taken", ", ".join(found.left_out))] if found.left_out else []
    blocks += caveat_blocks([*caveats(found.summary), *left_out])
    return Document(TITLE, blocks, made_from=made_from(found.summary))


def described(patterns: Mapping[str, PatternFacts]) -> list[Block]:
    """What patterns are, and what they hide; nothing where there are none."""
    listed = [Item(one.summary, lead=name, details=[f"its {PITFALL}: {one.pitfall}"]) for name, one in patterns.items()]
    return [Heading("What each is, and what it hides"), Items(listed)] if listed else []


def _prices(found: Guide) -> list[Block]:
    """What the patterns cost, a row each; nothing where no run says."""
    metrics = measured(PRICES, [chapter.costs for chapter in found.chapters])
    rows = [Row(chapter.name, [one.cell(chapter.costs) or "–" for one in metrics]) for chapter in found.chapters]
    return [Heading(COSTS), Table(columns(metrics), rows), *legend(metrics)] if metrics else []


def chapter_of(chapter: Chapter) -> list[Block]:
    """When it wins, when it loses, and how many workers it takes."""
    if chapter.places:
        blocks = [*_wins(chapter), *_losses(chapter)]
    else:
        blocks = [Paragraph("In no table beside other patterns.")]
    if chapter.enough:
        blocks += [Paragraph("How many workers:"), *items([f"{one.workload}: {enough(one)}" for one in chapter.enough])]
    return blocks


def _wins(chapter: Chapter) -> list[Block]:
    tables = count(len(chapter.places), "table")
    if not chapter.wins:
        return [Paragraph(f"Wins nowhere: in none of {tables} within {MARGIN} of the fastest.")]
    questions = dict.fromkeys(place.question for place in chapter.places)
    tally = ", ".join(
        f"{question} {sum(one.question == question for one in chapter.wins)} of "
        f"{sum(one.question == question for one in chapter.places)}"
        for question in questions
    )
    where = f"in {len(chapter.wins)} of {tables} ({tally})"
    won = items([_won(chapter.name, place) for place in chapter.wins])
    return [Paragraph(f"Wins, or is within {MARGIN} of the fastest, {where}:"), *won]


def _losses(chapter: Chapter) -> list[Block]:
    blocks: list[Block] = []
    if losses := chapter.losses:
        baselines = " or ".join(dict.fromkeys(place.baseline for place in losses))
        blocks.append(Paragraph(f"Loses, being slower than {baselines}, in {count(len(losses), 'table')}:"))
        blocks += items([f"{place.title}: {_speed(place)}{_flags(place)}" for place in losses])
    elif any(place.speed_up for place in chapter.places):
        baselines = " or ".join(dict.fromkeys(place.baseline for place in chapter.places if place.speed_up))
        blocks.append(Paragraph(f"Nowhere slower than {baselines}, as far as that is sure."))
    if (place := chapter.furthest) and place.behind:
        behind = f"{ratio(place.behind)} as long as {place.verdict.fastest}{_flags(place)}"
        blocks.append(Paragraph(f"Furthest behind in {place.title}: {behind}"))
    return blocks


def _won(name: str, place: Placing) -> str:
    """A table in which it is the fastest, or close: by how much, and how sure."""
    star = f"{WINNER} " if place.verdict.fastest == name and place.verdict.is_win else ""
    return f"{star}{place.title}: {'; '.join(filter(None, [_speed(place), _standing(name, place)]))}{_flags(place)}"


def _standing(name: str, place: Placing) -> str:
    """How it stands to the next best, or to the fastest; nothing where that is the baseline, and told already."""
    fastest, rivals = place.verdict.fastest, place.verdict.rivals
    told = place.baseline if place.speed_up else None
    if fastest != name:
        return f"{ratio(place.behind)} as long as {fastest}" if place.behind and fastest != told else ""
    if place.verdict.is_one_repeat:
        return "not decided by one repeat"
    if place.verdict.is_win:
        (ahead,) = rivals
        return f"{ratio(ahead.ratio)} as fast as {ahead.contender}" if ahead.ratio and ahead.contender != told else ""
    apart = [f"{one.contender} ({ratio(one.ratio)})" if one.ratio else one.contender for one in rivals[:MOST_NAMED]]
    others = count(len(rivals) - MOST_NAMED, "other")
    return f"no significant difference from {', '.join(apart)}{f' and {others}' if len(rivals) > MOST_NAMED else ''}"


def _speed(place: Placing) -> str:
    return f"{ratio(place.speed_up)} over {place.baseline}" if place.speed_up else ""


def _flags(place: Placing) -> str:
    return f" ({', '.join(place.flags)})" if place.flags else ""


def write_into(document: Path, markdown: str) -> None:
    """Put Markdown between the marks of a document, in the place of what is there. Raises RunError."""
    try:
        text = document.read_text(encoding="utf-8")
        before, begin, rest = text.partition(BEGIN)
        _, end, after = rest.partition(END)
        if not (begin and end) or BEGIN in rest or END in after:
            raise RunError(
                f"{document} has no place for what was measured: give it one line {BEGIN} and after it one line {END}"
            )
        with new_file(document) as draft:
            draft.write_text(f"{before}{BEGIN}\n\n{markdown.strip()}\n\n{END}{after}", encoding="utf-8")
    except OSError as error:
        raise RunError(f"{document} cannot be rewritten ({error.strerror}): name another document") from error
    except UnicodeDecodeError as error:
        raise RunError(f"{document} is not text in UTF-8: name another document") from error

// What `advise` does in Python: the same search over the same laws. `told` is what the page is told of the machine.
const advise = (() => {
  function numbersOfWorkers(told, pattern, work) {
    if (pattern.is_baseline) return [1];
    const more = [work.cores, work.tasks].filter((one) => one <= told.workers.at(-1));
    const all = new Set([...told.workers, ...more]);
    return [...all].filter((one) => one <= work.tasks).sort((one, other) => one - other);
  }

  function curveOf(told, pattern, work) {
    return numbersOfWorkers(told, pattern, work)
      .map((workers) => ({ workers, ...quantities({ ...pattern.given, ...work, workers }) }))
      .filter((one) => one.peak_bytes <= told.memory_bytes);
  }

  // By how many times the prediction may be wrong to either side: the laws are, and each figure is.
  function reachOf(told, pattern, work, { workers, seconds }) {
    const known = { ...pattern.given, ...work, workers };
    const moved = Object.entries(pattern.reaches).map(([name, reach]) => ({ ...known, [name]: known[name] + reach }));
    const reaches = moved.map((one) => Math.log(quantities(one).seconds / seconds));
    return Math.exp(Math.hypot(Math.log(told.within), ...reaches));
  }

  // Of those that are as good as the best, the fewest, or the middle number where tasks wait and a worker is light.
  function bestOf(told, pattern, work, curve) {
    const least = Math.min(...curve.map((one) => one.seconds));
    const same = curve.filter((one) => one.seconds <= told.same * least);
    const isLight = work.requests && pattern.given.further_bytes < told.light_bytes;
    return same[isLight ? Math.floor(same.length / 2) : 0];
  }

  function optionOf(told, pattern, work) {
    const curve = curveOf(told, pattern, work);
    if (!curve.length) return [];
    const best = bestOf(told, pattern, work, curve);
    const reach = reachOf(told, pattern, work, best);
    const fewest = curve.find((one) => one.seconds <= told.enough * best.seconds).workers;
    return [{ pattern, curve, best, fewest, low: best.seconds / reach, high: best.seconds * reach }];
  }

  // The options for some work, from what to choose: the fastest, and those that are as fast in practice; of these a
  // baseline alone, as nothing is gained over it.
  return (told, work, blockingOnly) => {
    const patterns = told.patterns.filter((one) => one.blocking || !blockingOnly);
    const options = patterns.flatMap((one) => optionOf(told, one, work));
    const least = Math.min(...options.map((one) => one.best.seconds));
    const near = options.filter((one) => one.best.seconds < told.practical * least);
    const baseline = near.filter((one) => one.pattern.is_baseline);
    const chosen = baseline.length ? baseline : near;
    return options
      .map((one) => ({ ...one, slowness: one.best.seconds / least, isChosen: chosen.includes(one) }))
      .sort((one, other) => other.isChosen - one.isChosen || one.slowness - other.slowness);
  };
})();

#!/usr/bin/env bash
# jobs/bench.sh --help says what it does.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
class_path=$root/modules/bench/target/clapperboard-bench.jar
case ${1:-} in
  rehearse | soak) run_local bench.BenchCommand "$@" --jobs "$root/jobs" ;;
  fuzz) submit bench.BenchCommand "$@" ;;
  manifest)
    # What a small driver has: two cores and 2 GB in one process.
    SPARK_MASTER=${SPARK_MASTER:-local[2]} SPARK_ARGS="--driver-memory 2g ${SPARK_ARGS:-}" \
      submit bench.BenchCommand "$@"
    ;;
  *) run_local bench.BenchCommand "$@" ;;
esac

#!/usr/bin/env bash
# jobs/bench.sh --help says what it does.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
class_path=$root/modules/bench/target/clapperboard-bench.jar
run_local bench.BenchCommand "$@"

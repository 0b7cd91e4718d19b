#!/usr/bin/env bash
# jobs/plan.sh --help says what it does.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
SPARK_MASTER=${SPARK_MASTER:-local[*]} submit PlanCommand "$@"

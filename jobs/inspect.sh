#!/usr/bin/env bash
# jobs/inspect.sh --help says what it does.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
SPARK_MASTER=${SPARK_MASTER:-local[*]} submit app.inspect.InspectCommand "$@"

#!/usr/bin/env bash
# jobs/export.sh --help says what it does.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
run_local ExportCommand "$@"

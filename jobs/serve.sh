#!/usr/bin/env bash
# jobs/serve.sh --help says what it does.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
run_local ServeCommand "$@"

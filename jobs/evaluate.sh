#!/usr/bin/env bash
# jobs/evaluate.sh --help says what it does.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
submit app.exam.EvaluateCommand "$@"
